"""A fillable PDF as an agency might hand out, clean or with what could do something by itself."""

from __future__ import annotations

import io

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, IndirectObject, NameObject, TextStringObject


def name(text: str) -> NameObject:
    return NameObject(text)


def widget(of: str, kind: str, at: int) -> DictionaryObject:
    one = DictionaryObject({
        name("/Type"): name("/Annot"), name("/Subtype"): name("/Widget"), name("/FT"): name(kind),
        name("/T"): TextStringObject(of), name("/DA"): TextStringObject("/Helv 10 Tf 0 g"),
        name("/Rect"): ArrayObject([FloatObject(n) for n in (100, 700 - 40 * at, 400, 720 - 40 * at)]),
    })  # fmt: skip
    if kind == "/Btn":
        states = DictionaryObject({name("/Ticked"): DictionaryObject(), name("/Off"): DictionaryObject()})
        one[name("/AP")] = DictionaryObject({name("/N"): states})
    return one


def form(*, scripts: bool = False, without_fields: bool = False, pages: int = 1, names: tuple[str, ...] = ()) -> bytes:
    """An AcroForm with a field for a name, one for a day and a box; or texts of these names, a dot for each level."""
    writer = PdfWriter()
    page = writer.add_blank_page(612, 792)
    for _ in range(pages - 1):
        writer.add_blank_page(612, 792)
    kinds = () if without_fields else (("Victim name", "/Tx"), ("Date", "/Tx"), ("Minor", "/Btn"))
    made = [writer._add_object(widget(of, kind, n)) for n, (of, kind) in enumerate(kinds)]  # noqa: SLF001  # no other way
    fields = made
    if names:
        made, fields = _nested(writer, names)
    page[name("/Annots")] = ArrayObject(made)
    font = DictionaryObject(
        {name("/Type"): name("/Font"), name("/Subtype"): name("/Type1"), name("/BaseFont"): name("/Helvetica")}
    )
    resources = DictionaryObject({name("/Font"): DictionaryObject({name("/Helv"): font})})
    acro = DictionaryObject({name("/Fields"): ArrayObject(fields), name("/DR"): resources})
    writer.root_object[name("/AcroForm")] = acro
    if scripts:
        action = DictionaryObject({name("/S"): name("/JavaScript"), name("/JS"): TextStringObject("app.alert('evil')")})
        launch = DictionaryObject({name("/S"): name("/Launch"), name("/F"): TextStringObject("calc.exe")})
        writer.root_object[name("/OpenAction")] = action
        made[0].get_object()[name("/A")] = launch
        made[1].get_object()[name("/AA")] = DictionaryObject({name("/K"): action})
        acro[name("/XFA")] = TextStringObject("<xdp/>")
        writer.add_attachment("worm.exe", b"MZ worm")
        tree = DictionaryObject({name("/Names"): ArrayObject([TextStringObject("start"), action])})
        writer.root_object["/Names"][name("/JavaScript")] = tree
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _nested(writer: PdfWriter, names: tuple[str, ...]) -> tuple[list[IndirectObject], list[IndirectObject]]:
    """What is drawn, and what stands at the top."""
    drawn, top = [], []
    for n, whole in enumerate(names):
        above, _, last = whole.rpartition(".")
        one = writer._add_object(widget(last, "/Tx", n))  # noqa: SLF001  # no other way
        drawn.append(one)
        if not above:
            top.append(one)
            continue
        parent = writer._add_object(  # noqa: SLF001
            DictionaryObject({name("/T"): TextStringObject(above), name("/Kids"): ArrayObject([one])})
        )
        one.get_object()[name("/Parent")] = parent
        top.append(parent)
    return drawn, top


def values(content: bytes) -> dict[str, str]:
    return {of: str(one.get("/V", "")) for of, one in (PdfReader(io.BytesIO(content)).get_fields() or {}).items()}
