#include "node/generate/python_runtime.h"

namespace syncline::generate {

std::string_view python_runtime() {
  return R"python(_Document = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MILLISECOND = timedelta(milliseconds=1)


class ObjectId(str):
    """The 24 hexadecimal digits of an objectId."""

    __slots__ = ()

    def __new__(cls, digits: str) -> "ObjectId":
        if len(digits) != 24 or not all(c in "0123456789abcdefABCDEF" for c in digits):
            raise ValueError(f"{digits!r} is no objectId: it has 24 hexadecimal digits")
        return super().__new__(cls, digits.lower())


class Int64(int):
    """A number that is stored as a long, where a plain int could be an int too."""

    __slots__ = ()


class Binary(bytes):
    """Bytes of a subtype other than 0."""

    subtype: int = 0


def _number(value: Any, *wrappers: str) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        for wrapper in wrappers:
            if wrapper in value:
                return value[wrapper]
    return value


def _read_int(value: Any) -> int:
    number = _number(value, "$numberInt", "$numberLong")
    if isinstance(number, (bool, float)) or not isinstance(number, (int, str)):
        raise ValueError(f"{value!r} is no integer")
    return int(number)


def _read_float(value: Any) -> float:
    return float(_number(value, "$numberDouble", "$numberInt", "$numberLong"))


def _read_date(value: Any) -> datetime:
    date = value["$date"]
    if isinstance(date, str):
        return datetime.fromisoformat(date.replace("Z", "+00:00")).astimezone(timezone.utc)
    return _EPOCH + int(_number(date, "$numberLong")) * _MILLISECOND


def _write_date(value: datetime) -> _Document:
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone: datetime.now(timezone.utc) has one")
    return {"$date": {"$numberLong": str((value - _EPOCH) // _MILLISECOND)}}


def _read_bytes(value: Any) -> bytes:
    content = base64.b64decode(value["$binary"]["base64"], validate=True)
    subtype = int(value["$binary"]["subType"], 16)
    if subtype == 0:
        return content
    binary = Binary(content)
    binary.subtype = subtype
    return binary


def _write_bytes(value: bytes) -> _Document:
    subtype = value.subtype if isinstance(value, Binary) else 0
    return {"$binary": {"base64": base64.b64encode(value).decode(), "subType": f"{subtype:02x}"}}


def _read_uuid(value: Any) -> UUID:
    if "$uuid" in value:
        return UUID(value["$uuid"])
    return UUID(bytes=base64.b64decode(value["$binary"]["base64"], validate=True))


def _write_uuid(value: UUID) -> _Document:
    return {"$binary": {"base64": base64.b64encode(value.bytes).decode(), "subType": "04"}}


def _write_float(value: float) -> _Document:
    if math.isnan(value):
        return {"$numberDouble": "NaN"}
    if math.isinf(value):
        return {"$numberDouble": "Infinity" if value > 0 else "-Infinity"}
    return {"$numberDouble": repr(float(value))}


def _same(value: Any) -> Any:
    return value


def _read_any(value: Any) -> Any:
    """What Python has a type for; the rest, such as a regular expression, as it came."""
    if isinstance(value, list):
        return [_read_any(element) for element in value]
    if not isinstance(value, dict):
        return value
    if "$numberLong" in value:
        return Int64(value["$numberLong"])
    if "$numberInt" in value:
        return int(value["$numberInt"])
    if "$numberDouble" in value:
        return float(value["$numberDouble"])
    if "$numberDecimal" in value:
        return Decimal(value["$numberDecimal"])
    if "$oid" in value:
        return ObjectId(value["$oid"])
    if "$date" in value:
        return _read_date(value)
    if "$uuid" in value or ("$binary" in value and value["$binary"]["subType"] == "04"):
        return _read_uuid(value)
    if "$binary" in value:
        return _read_bytes(value)
    return {key: _read_any(element) for key, element in value.items()}


def _write_any(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, Int64):
        return {"$numberLong": str(int(value))}
    if isinstance(value, int):
        small = -(2**31) <= value < 2**31
        return {"$numberInt" if small else "$numberLong": str(value)}
    if isinstance(value, float):
        return _write_float(value)
    if isinstance(value, Decimal):
        return {"$numberDecimal": str(value)}
    if isinstance(value, ObjectId):
        return {"$oid": str(value)}
    if isinstance(value, datetime):
        return _write_date(value)
    if isinstance(value, UUID):
        return _write_uuid(value)
    if isinstance(value, bytes):
        return _write_bytes(value)
    if isinstance(value, list):
        return [_write_any(element) for element in value]
    if isinstance(value, dict):
        if any(key.startswith("$") for key in value):
            return value
        return {key: _write_any(element) for key, element in value.items()}
    return value


class _Codec:
    def __init__(
        self, read: Callable[[Any], Any], write: Callable[[Any], Any], several: bool = False
    ) -> None:
        self.read = read
        self.write = write
        self.several = several


_ANY = _Codec(_read_any, _write_any)
_BOOL = _Codec(_same, _same)
_STRING = _Codec(_same, _same)
_INT = _Codec(_read_int, lambda value: {"$numberInt": str(value)})
_LONG = _Codec(_read_int, lambda value: {"$numberLong": str(value)})
_FLOAT = _Codec(_read_float, _write_float)
_BYTES = _Codec(_read_bytes, _write_bytes)
_DATE = _Codec(_read_date, _write_date)
_OBJECT_ID = _Codec(lambda value: ObjectId(value["$oid"]), lambda value: {"$oid": str(value)})
_UUID = _Codec(_read_uuid, _write_uuid)
_DECIMAL = _Codec(
    lambda value: Decimal(value["$numberDecimal"]), lambda value: {"$numberDecimal": str(value)}
)


def _optional(codec: _Codec) -> _Codec:
    return _Codec(
        lambda value: None if value is None else codec.read(value),
        lambda value: None if value is None else codec.write(value),
    )


def _list(codec: _Codec) -> _Codec:
    return _Codec(
        lambda value: [codec.read(element) for element in value],
        lambda value: [codec.write(element) for element in value],
        several=True,
    )


def _set(codec: _Codec) -> _Codec:
    """Written in an order of its own, so that equal sets are equal documents."""
    return _Codec(
        lambda value: {codec.read(element) for element in value},
        lambda value: sorted(
            (codec.write(element) for element in value),
            key=lambda element: json.dumps(element, sort_keys=True),
        ),
        several=True,
    )


def _dictionary(codec: _Codec) -> _Codec:
    return _Codec(
        lambda value: {key: codec.read(element) for key, element in value.items()},
        lambda value: {key: codec.write(element) for key, element in value.items()},
        several=True,
    )


def _embedded(name: str) -> _Codec:
    """Found when it is used: the class may stand below."""
    return _Codec(
        lambda value: globals()[name].from_document(value), lambda value: value.to_document()
    )


@dataclass(frozen=True)
class _Field:
    attribute: str
    name: str
    codec: _Codec
    required: bool = False
    defaulted: bool = False


_M = TypeVar("_M", bound="Model")


class Model:
    """What the classes below have in common: documents of Extended JSON in and out."""

    TYPE_NAME: ClassVar[str]
    _FIELDS: ClassVar[tuple[_Field, ...]]
    extra: _Document

    def to_document(self) -> _Document:
        """The object as canonical Extended JSON, for json.dumps. What is None is left out."""
        document: _Document = {}
        for each in self._FIELDS:
            value = getattr(self, each.attribute)
            if value is not None:
                document[each.name] = each.codec.write(value)
            elif each.required:
                document[each.name] = None
        document.update(self.extra)
        return document

    @classmethod
    def from_document(cls: type[_M], document: Mapping[str, Any]) -> _M:
        """From Extended JSON, canonical or relaxed, as json.loads gives it."""
        values: _Document = {}
        known = {each.name for each in cls._FIELDS}
        for each in cls._FIELDS:
            value = document.get(each.name)
            if value is None:
                if each.name in document or not each.required:
                    # A default is for what must be there. Collections are empty, not None.
                    if not each.codec.several:
                        values[each.attribute] = None
                elif not each.defaulted:
                    raise ValueError(f"{cls.TYPE_NAME}.{each.name} is missing")
                continue
            try:
                values[each.attribute] = each.codec.read(value)
            except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{cls.TYPE_NAME}.{each.name}: {error}") from error
        values["extra"] = {key: value for key, value in document.items() if key not in known}
        return cls(**values)
)python";
}

}  // namespace syncline::generate
