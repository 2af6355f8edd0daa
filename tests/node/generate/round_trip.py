"""A generated module, used: round_trip.py MODULE [full]. With "full" it is that of the app with every type."""
import dataclasses
import importlib.util
import json
import sys
from datetime import datetime, timezone
from decimal import Decimal
from uuid import UUID

# Type hints are evaluated here, as tools that read dataclasses do.
import typing

spec = importlib.util.spec_from_file_location("generated", sys.argv[1])
models = importlib.util.module_from_spec(spec)
sys.modules["generated"] = models
spec.loader.exec_module(models)
classes = [one for one in vars(models).values()
           if isinstance(one, type) and issubclass(one, models.Model) and one is not models.Model]
assert classes, "no classes"
for one in classes:
    assert dataclasses.is_dataclass(one)
    typing.get_type_hints(one)

if sys.argv[2:] == ["full"]:
    scalars = {
        "bool": True, "int": {"$numberInt": "-7"}, "long": {"$numberLong": "9007199254740993"},
        "double": {"$numberDouble": "0.1"}, "string": 'quote " and \u2028', "binary": {"$binary": {"base64": "AAE=", "subType": "00"}},
        "date": {"$date": {"$numberLong": "-1"}}, "object_id": {"$oid": "0123456789abcdef01234567"},
        "uuid": {"$binary": {"base64": "AAECAwQFBgcICQoLDA0ODw==", "subType": "04"}},
        "decimal": {"$numberDecimal": "1.10"},
    }
    document = {"_id": {"$oid": "0123456789abcdef01234567"}, "beyond the schema": {"$minKey": 1}}
    for name, value in scalars.items():
        document[f"required_{name}"] = value
        document[f"optional_{name}"] = value
        document[f"list_of_{name}"] = [value, value]
        if name not in ("binary", "double", "bool"):
            document[f"set_of_{name}"] = [value]
        document[f"dictionary_of_{name}"] = {"a": value}
    anything = list(scalars.values()) + [
        None, {"nested": [{"$numberInt": "1"}]}, {"$regularExpression": {"pattern": "a", "options": ""}},
        {"$numberLong": "5"}, {"$numberDouble": "NaN"}, {"$numberDouble": "-Infinity"}, {"$numberDecimal": "NaN"},
        {"$binary": {"base64": "AA==", "subType": "80"}}]
    document |= {
        "anything": {"a": anything}, "list_of_anything": anything, "set_of_anything": anything,
        "dictionary_of_anything": {"a": None, "b": {"$numberLong": "1"}},
        "list_of_maybe_string": ["a", None], "dictionary_of_maybe_double": {"a": None, "b": {"$numberDouble": "1.0"}},
        "any_number": {"$numberDecimal": "1E+3"}, "moment": {"$timestamp": {"t": 1, "i": 2}},
        "pattern": {"$regularExpression": {"pattern": "a", "options": "i"}}}
    text = json.dumps(document)
    thing = models.Everything.from_document(json.loads(text))
    assert thing.required_long == 9007199254740993 and thing.optional_decimal == Decimal("1.10")
    assert thing.required_date == datetime(1969, 12, 31, 23, 59, 59, 999000, timezone.utc)
    assert thing.set_of_uuid == {UUID("00010203-0405-0607-0809-0a0b0c0d0e0f")}
    assert isinstance(thing.list_of_anything[-5], models.Int64)
    back = thing.to_document()
    wrong = {key for key in document | back if document.get(key) != back.get(key)}
    assert not wrong, {key: (document.get(key), back.get(key)) for key in wrong}
    assert models.Everything.from_document(back).to_document() == back

    # Relaxed documents are read too, and what is missing has its default, is None or empty.
    person = models.Person.from_document(
        {"_id": "ada", "name": "Ada", "home": {"rooms": [{"name": "library", "square_metres": 40.5}]},
         "phones": {"home": {"number": "1"}, "none": None}, "position": {"coordinates": [1, 2.5]}})
    assert person.position.type == "Point" and person.position.coordinates == [1.0, 2.5]
    assert person.home.rooms[0].square_metres == 40.5 and person.phones["none"] is None
    assert person.friends == [] and person.visits is None and person.best_friend is None
    assert models.Person(id="b", name="B").visits == 0
    assert models.Setting.from_document({"_id": 1}).level == "low"
    assert models.Measurement.from_document(
        {"_id": {"$uuid": "00010203-0405-0607-0809-0a0b0c0d0e0f"}, "celsius": 4, "taken": {"$date": "2024-05-01T10:00:00.5Z"}}
    ).taken == datetime(2024, 5, 1, 10, 0, 0, 500000, timezone.utc)

    def refused(make: typing.Callable[[], object], text: str) -> None:
        try:
            make()
        except ValueError as error:
            assert text in str(error), error
        else:
            raise AssertionError(f"not refused: {text}")

    refused(lambda: models.Person.from_document({"_id": "a"}), "Person.name is missing")
    refused(lambda: models.Setting.from_document({"_id": "one"}), "setting._id")
    refused(lambda: models.ObjectId("xyz"), "24 hexadecimal digits")
    refused(lambda: models.Measurement(id=UUID(int=0), celsius=1.0, taken=datetime(2024, 1, 1)).to_document(), "time zone")
