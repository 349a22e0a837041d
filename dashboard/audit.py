"""The auditor's pages."""

import streamlit as st

st.header("Ledger", anchor=False)
