"""Everything that can go wrong, on one page.

Each message is a sentence a caseworker can act on; where law refuses, it cites the section. No message ever holds a name,
a birthdate, an address or a narrative: errors are logged, and logs are read by people who may not see the case.
"""


class MdtError(Exception):
    """Anything this product refuses on purpose. Its text may be shown to the person as it is."""


class NotYet(MdtError):
    """The act waits for something that has not happened."""


class NotPossible(MdtError):
    """The act contradicts what has happened, or what the law allows."""


class NotAllowed(MdtError):
    """This person may not do this, or not alone."""


class NotFound(MdtError):
    """There is no such thing, or none this person may know of. The two read alike on purpose."""


class CaseMoved(MdtError):
    """Somebody else recorded something on this case after the page was drawn."""


class Busy(MdtError):
    """The database is held by another writer for longer than we wait. Nothing was changed; trying again is safe."""


class Tampered(MdtError):
    """What is stored was altered, moved to another place, or sealed with another key. Nothing of it is shown."""


class BadFile(MdtError):
    """A file that cannot be taken at all; nothing was changed."""


class BadField(MdtError):
    """One field of a form or a row that cannot be taken. `field` names it; the value is never repeated."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class LawError(MdtError):
    """The rule files contradict themselves or the process; the product does not start."""


class NoRuleInForce(LawError):
    """The law was asked about a day before the first version on record."""


class SetupError(MdtError):
    """The product cannot start as configured."""
