"""The window: one page a file, drawn by Streamlit from `mdt.board`, acting through `mdt.casework`. It decides nothing."""
