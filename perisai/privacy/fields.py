"""Model fields that are ciphertext in the database and plain only where code asks.

A field's label is frozen for ever: it is part of the key and of what is authenticated, so a rename
of model, table or column leaves every row readable. The row's primary key is part of it too, hence
rows with such fields have a UUID made before insert. A model whose rows are copies of another's
names the reference to the original as `sealed_for`: a copied ciphertext opens with its key.
"""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar, cast
from uuid import UUID

from django.apps import apps
from django.core import checks
from django.core.exceptions import FieldError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, Lookup, Model, Transform
from django.db.models.query_utils import DeferredAttribute
from django.utils.deconstruct import deconstructible

from perisai.privacy.envelope import (
    Opener,
    key_id_of,
    open_json,
    open_text,
    opener,
    seal_json,
    seal_text,
    sealer,
)
from perisai.privacy.keyring import key_provider

if TYPE_CHECKING:
    from django.db.models import Field
else:
    from django.db import models

    class Field(models.Field):
        """Django's field, with the type parameters that its stubs give it."""

        def __class_getitem__(cls, _types):
            return cls


_ST_contra = TypeVar("_ST_contra", contravariant=True)
_GT_co = TypeVar("_GT_co", covariant=True)
_Plain_co = TypeVar("_Plain_co", covariant=True)

LABEL_SHAPE = re.compile(r"[a-z_]+\.[a-z_]+")


class UnboundValue(TypeError):
    """An encrypted field was written or searched without the row that the value belongs to."""


class Sealed(Generic[_Plain_co]):
    """A stored value that is opened by name: it shows as `<encrypted>` and fits no JSON."""

    __slots__ = ("_field", "_stored")

    def __init__(self, stored: bytes, field: "EncryptedField[Any, Any]") -> None:
        self._stored = stored
        self._field = field

    def open(self, pk: UUID) -> _Plain_co:
        """The plain value, for the primary key of its own row. Raises DecryptionFailed.

        What was destroyed opens as the empty text, or as None.
        """
        if self.is_destroyed:
            return cast("_Plain_co", self._field.nothing)
        return cast("_Plain_co", self._field.opened(pk, self._stored))

    @property
    def is_destroyed(self) -> bool:
        """Whether an erasure or a purge left no byte of the value."""
        return not self._stored

    @property
    def key_id(self) -> int:
        """Id of the key that the value was made with."""
        return key_id_of(self._stored)

    def __repr__(self) -> str:
        return "<encrypted>"


class _Bound:
    """A ciphertext made for the row that is being written: the only thing a column accepts."""

    __slots__ = ("stored",)

    def __init__(self, stored: bytes) -> None:
        self.stored = stored


DESTROYED: Final = _Bound(b"")
"""What a column that may not be null holds after an erasure: no byte. For `update()`."""


@deconstructible(path="perisai.privacy.HasNoByte")
class HasNoByte(Func):
    """Whether a column holds the mark of a destroyed value: for constraints."""

    template = "(octet_length(%(expressions)s) = 0)"
    arity = 1
    output_field = BooleanField()


class _SealedAttribute(DeferredAttribute):
    """Decrypts on access and remembers nothing plain of what came from the database."""

    field: "EncryptedField[Any, Any]"

    def __get__(self, instance: Model | None, owner: Any = None) -> Any:
        value = super().__get__(instance, owner)
        if instance is not None and isinstance(value, Sealed):
            return value.open(_key_of(instance))
        return value

    def __set__(self, instance: Model, value: object) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedField(Field[_ST_contra, _GT_co]):
    """What both fields share. Loaded values are `Sealed`; only rows are written, never sets."""

    descriptor_class = _SealedAttribute
    nothing: ClassVar[str | None] = None

    def __init__(
        self,
        *,
        label: str,
        padded: bool = False,
        null: bool = False,
        blank: bool = False,
        **options: Any,
    ) -> None:
        self.label = label
        self.padded = padded
        options.setdefault("editable", False)  # no form shows it by accident
        super().__init__(null=null, blank=blank, **options)

    def sealed(self, pk: UUID, value: Any) -> bytes:
        """The stored form of a plain value for one row."""
        raise NotImplementedError  # each subclass says it

    def opened(self, pk: UUID, stored: bytes) -> Any:
        """The plain value of a stored form."""
        raise NotImplementedError  # each subclass says it

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        """Migrations keep the label, and whether the text is padded."""
        name, path, args, kwargs = super().deconstruct()
        path = path.replace(__name__, __package__)  # the public name stays when files move
        if kwargs.pop("editable", True):
            kwargs["editable"] = True
        if self.padded:
            kwargs["padded"] = True
        return name, path, args, kwargs | {"label": self.label}

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Refuse a malformed label, and a row whose key is not a UUID known before insert."""
        found = super().check(**kwargs)
        if not LABEL_SHAPE.fullmatch(self.label):
            text = f"The label {self.label!r} must be two lower-case words: member.nik"
            found.append(checks.Error(text, obj=self, id="perisai.E007"))
        if _key_field(self.model).db_type(connections["default"]) != "uuid":
            text = "A model with an encrypted field needs a UUID as its primary key."
            found.append(checks.Error(text, obj=self, id="perisai.E007"))
        return found

    def get_internal_type(self) -> str:
        """Stored as bytea."""
        return "BinaryField"

    def from_db_value(
        self, value: bytes | memoryview | None, expression: object, connection: object
    ) -> Sealed[Any] | None:
        """Nothing is decrypted on load."""
        return None if value is None else Sealed(bytes(value), self)

    def pre_save(self, model_instance: Model, add: bool) -> Any:  # noqa: FBT001  Django calls it
        """Seal what was assigned; seal again what an old key made; leave the rest as it is.

        A loaded value is opened to prove that it belongs to this row: a copy under a new primary
        key must be assigned in plain. Raises DecryptionFailed otherwise.
        """
        value = model_instance.__dict__[self.attname]
        if value is None:
            return None
        pk = _key_of(model_instance)
        if isinstance(value, Sealed):
            if value.is_destroyed:
                return DESTROYED
            plain = value.open(pk)
            if value.key_id == key_provider().active_id("field"):
                return _Bound(value._stored)
            value = plain
        stored = self.sealed(pk, value)
        model_instance.__dict__[self.attname] = Sealed(stored, self)
        return _Bound(stored)

    def get_db_prep_value(
        self,
        value: Any,
        connection: BaseDatabaseWrapper,
        prepared: bool = False,  # noqa: FBT001, FBT002  Django calls it
    ) -> Any:
        """Accept NULL and what `pre_save` made. Raises UnboundValue: `update()`, `bulk_update()`,
        lookups and fixtures know no row to bind the value to."""
        if value is None:
            return None
        if not isinstance(value, _Bound):
            raise self._unbound()
        return value.stored

    def get_placeholder(self, value: object, compiler: object, connection: object) -> str:
        """Accept no expression: a copied column would not open. Raises UnboundValue."""
        if hasattr(value, "as_sql"):
            raise self._unbound()
        return "%s"

    def _unbound(self) -> UnboundValue:
        return UnboundValue(
            f"{self.label} is encrypted for its row: use save() or bulk_create(), not "
            "update(), bulk_update() or a filter; search its blind index"
        )

    def get_lookup(self, lookup_name: str) -> "type[Lookup[Any]] | None":
        """Only `isnull`: equal texts have different ciphertexts. Raises FieldError."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.label} is encrypted: search its blind index, not {self.name}")
        return super().get_lookup(lookup_name)

    def get_transform(self, lookup_name: str) -> type[Transform] | None:
        """None: nothing can be computed from a ciphertext. Raises FieldError."""
        raise FieldError(f"{self.label} is encrypted: {lookup_name} does not apply")

    def value_to_string(self, obj: Model) -> str:
        """Fixtures hold no personal data. Raises UnboundValue."""
        raise UnboundValue(f"{self.label} is encrypted and goes into no fixture: use pg_dump")


class EncryptedTextField(EncryptedField[_ST_contra, _GT_co]):
    """A text; NULL stays NULL, the empty string is encrypted.

    `padded` blurs the length: for names, addresses, e-mails; not for numbers of fixed length.
    """

    description = "Encrypted text"
    nothing = ""

    _pyi_private_set_type: str
    _pyi_private_get_type: str
    _pyi_lookup_exact_type: None

    def sealed(self, pk: UUID, value: Any) -> bytes:
        """Raises TypeError for anything but a text: no number or object is sealed by accident."""
        if not isinstance(value, str):
            raise TypeError(f"{self.label} holds text, not {type(value).__name__}")
        return seal_text(self.label, pk, value, padded=self.padded)

    def sealer(self) -> Callable[[UUID, str], bytes]:
        """`sealed` for thousands of rows within seconds. Raises KeyRingError."""
        return sealer(self.label, padded=self.padded)

    def opened(self, pk: UUID, stored: bytes) -> str:
        """Raises DecryptionFailed."""
        return open_text(self.label, pk, stored)

    def opener(self) -> Opener:
        """Reads what a plain SELECT brings, for the rows of a page, by the bytes of their keys."""
        return opener(self.label)


class EncryptedJSONField(EncryptedField[_ST_contra, _GT_co]):
    """A JSON value. Each access parses anew: change it by assigning, not in place."""

    description = "Encrypted JSON"
    empty_strings_allowed = False

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any
    _pyi_lookup_exact_type: None

    def sealed(self, pk: UUID, value: Any) -> bytes:
        """Raises TypeError, ValueError for what JSON cannot say."""
        return seal_json(self.label, pk, value, padded=self.padded)

    def opened(self, pk: UUID, stored: bytes) -> Any:
        """Raises DecryptionFailed."""
        return open_json(self.label, pk, stored)


def key_name(model: type[Model]) -> str:
    """The column whose value a model's ciphertexts are bound to."""
    return str(_key_field(model).attname)


def encrypted_columns() -> dict[type[Model], list[EncryptedField[Any, Any]]]:
    """Every encrypted field of the installed models, by the model whose table holds it."""
    columns = {
        model: [field for field in model._meta.local_fields if isinstance(field, EncryptedField)]
        for model in apps.get_models()
    }
    return {model: fields for model, fields in columns.items() if fields}


def _key_field(model: type[Model]) -> Any:
    """The primary key, or the reference to the row whose copy this is (`sealed_for`)."""
    name = getattr(model, "sealed_for", model._meta.pk.name)
    return model._meta.get_field(name)


def _key_of(instance: Model) -> UUID:
    """The primary key that the values of a row are sealed for. Raises UnboundValue."""
    key = getattr(instance, _key_field(type(instance)).attname)
    if not isinstance(key, UUID):
        raise UnboundValue(f"{instance._meta.label} needs its UUID before a value is encrypted")
    return key
