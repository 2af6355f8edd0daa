#!/usr/bin/env python3
"""Writes the example's documents: stores, fridges, readings, alerts, work orders, members, and users.json.

The same files every time; run it only to change them: python3 examples/cold_chain/data/generate.py
"""

import base64
import datetime
import json
import pathlib
import random
import uuid

HERE = pathlib.Path(__file__).parent
STORES, FRIDGES, READINGS, ALERTS, WORK_ORDERS = 40, 300, 2500, 200, 150
NOW = datetime.datetime(2025, 3, 3, 6, 0, tzinfo=datetime.timezone.utc)

# (code, city, region, longitude, latitude, first digits of the postcode, stores)
CITIES = [
    ("OSL", "Oslo", "east", 10.75, 59.91, "01", 9),
    ("BGO", "Bergen", "west", 5.32, 60.39, "50", 7),
    ("TRD", "Trondheim", "north", 10.40, 63.43, "70", 6),
    ("SVG", "Stavanger", "west", 5.73, 58.97, "40", 5),
    ("KRS", "Kristiansand", "south", 8.00, 58.15, "46", 5),
    ("TOS", "Tromsø", "north", 18.96, 69.65, "90", 4),
    ("BOO", "Bodø", "north", 14.40, 67.28, "80", 4),
]
STREETS = ["Storgata", "Kirkegata", "Havnegata", "Skolegata", "Torggata", "Strandgata", "Jernbanegata", "Elvegata"]
FIRST = ["Ingrid", "Lars", "Nora", "Jonas", "Emma", "Ola", "Sofie", "Henrik", "Maja", "Erik", "Thea", "Anders"]
LAST = ["Berg", "Haugen", "Lie", "Dahl", "Moen", "Solberg", "Strand", "Bakke", "Eide", "Vik", "Lund", "Nygård"]
# kind: (low, high, models, goods)
KINDS = {
    "chiller": (2.0, 6.0, ["Polar C-400", "Polar C-600"], ["milk", "butter", "yoghurt", "cheese", "eggs", "juice"]),
    "freezer": (-24.0, -18.0, ["Polar F-300", "Nordfrys 520"], ["peas", "fish fingers", "ice cream", "berries", "pizza"]),
    "display": (1.0, 5.0, ["Vitrine 12", "Vitrine 18"], ["salads", "sandwiches", "sushi", "cakes"]),
    "vaccine": (2.0, 8.0, ["MedCool 100"], ["influenza", "tetanus", "hepatitis B"]),
}
SETTINGS = [("eco", True), ("fan", "auto"), ("defrost", {"every_hours": 12, "minutes": 20}), ("alarm_delay", 10), ("dew_point", 3.5),
            ("quiet_hours", ["22:00", "06:00"])]
COMMENTS = ["Door was left ajar during delivery.", "Gasket looks worn, ordering a new one.", "Goods moved to the backup unit.",
            "Temperature back in range.", "Condenser cleaned.", "False alarm: the sensor was out of its holder."]
TITLES = {"too_warm": "Find out why it gets too warm", "too_cold": "Adjust the thermostat", "door_open": "Check door and gasket",
          "battery": "Change the sensor's battery"}
STEPS = ["Move the goods to the backup unit", "Disconnect the power", "Clean the condenser", "Replace the part",
         "Measure for 30 minutes", "Move the goods back"]
PARTS = [("GSK-1040", "89.00"), ("FAN-2210", "349.50"), ("BAT-0032", "39.90"), ("CMP-7001", "2890.00"), ("SNS-0450", "219.00"),
         ("LCK-0118", "129.00")]

rng = random.Random(20250303)


def date(moment):
    return {"$date": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}


def long(number):
    return {"$numberLong": str(number)}


def decimal(text):
    return {"$numberDecimal": text}


def new_uuid():
    return {"$uuid": str(uuid.UUID(int=rng.getrandbits(128), version=4))}


def object_id(moment):
    return {"$oid": "%08x%016x" % (int(moment.timestamp()), rng.getrandbits(64))}


def person():
    return rng.choice(FIRST) + " " + rng.choice(LAST)


def phone():
    return "+47 %d" % rng.randint(40000000, 99999999)


def members(store_ids):
    """One manager of all stores, six technicians, an auditor, and a technician who has left."""
    rows = [("astrid", "Astrid Holm", "manager", True, store_ids)]
    names = [("tor", "Tor Nilsen"), ("mina", "Mina Aas"), ("kim", "Kim Foss"), ("liv", "Liv Sande"), ("per", "Per Lunde"),
             ("yara", "Yara Hussain")]
    for n, (key, name) in enumerate(names):
        rows.append((key, name, "technician", True, store_ids[n::len(names)]))
    rows.append(("olga", "Olga Brandt", "auditor", True, []))
    rows.append(("leif", "Leif Rønning", "technician", False, []))
    return [{"_id": key, "user_id": key, "name": name, "role": role, "active": active, "stores": stores, "phone": phone()}
            for key, name, role, active, stores in rows]


def make_stores():
    out = []
    for code, city, region, longitude, latitude, digits, count in CITIES:
        for n in range(1, count + 1):
            street = rng.choice(STREETS)
            store = {
                "_id": "%s-%02d" % (code, n),
                "name": "%s %s" % (city, street),
                "region": region,
                "opened": date(NOW - datetime.timedelta(days=rng.randint(200, 6000), hours=-3)),
                "address": {"street": "%s %d" % (street, rng.randint(1, 90)), "city": city,
                            "postcode": digits + "%02d" % rng.randint(1, 99), "country": "NO"},
                "location": {"type": "Point", "coordinates": [round(longitude + rng.uniform(-.05, .05) + .00001, 5),
                                                              round(latitude + rng.uniform(-.03, .03) + .00001, 5)]},
                "contacts": [{"name": person(), "position": position, "phone": phone()}
                             for position in rng.sample(["shop floor", "night guard", "caretaker"], rng.randint(1, 2))],
                "opening_hours": {"mon": "08-20", "tue": "08-20", "wed": "08-20", "thu": "08-21", "fri": "08-21", "sat": "09-18"},
                "services": sorted(rng.sample(["bakery", "pharmacy", "post", "parcels", "fish counter"], rng.randint(0, 3))),
                "manager": "astrid",
                "energy_price": decimal("%d.%04d" % (rng.randint(0, 2), rng.randint(1, 9999))),
            }
            note = rng.choice([None, "Deliveries at the back", {"gate": 4, "key_box": "left of the door"}, ["steep ramp", "low ceiling"], 7])
            if note is not None:
                store["notes"] = note
            out.append(store)
    assert len(out) == STORES
    return out


def make_fridges(stores):
    out = []
    for n in range(FRIDGES):
        store = stores[n % STORES]["_id"]
        number = n // STORES + 1
        kind = rng.choices(list(KINDS), weights=[5, 4, 4, 1])[0]
        low, high, models, goods = KINDS[kind]
        fridge = {
            "_id": "%s-F%02d" % (store, number),
            "store": store,
            "name": "%s %d" % (kind.capitalize(), number),
            "kind": kind,
            "model": rng.choice(models),
            "serial": rng.choice(["PX", "NF", "VT", "MC"]) + "%06d" % rng.randint(0, 999999),
            "controller": new_uuid(),
            "installed": date(NOW - datetime.timedelta(days=rng.randint(30, 3000))),
            "firmware": rng.choice(["1.0.0", "1.4.2", "2.0.1"]),
            "in_service": rng.random() > .04,
            "range": {"low": low, "high": high},
            "last_celsius": round(rng.uniform(low, high) + .01, 2),
            "door_openings": long(rng.randint(0, 40000)),
            "shelves": [{"label": label, "litres": rng.choice([40, 60, 80]), "products": rng.sample(goods, rng.randint(0, 2))}
                        for label in ["top", "middle", "bottom"][:rng.randint(1, 3)]],
            "sensors": {"air": {"unit": "celsius", "offset": round(rng.uniform(-.5, .5) + .001, 3)}},
            "settings": dict(rng.sample(SETTINGS, rng.randint(1, 3))),
            "tags": sorted(rng.sample(["front", "back", "leased", "noisy", "new seal"], rng.randint(0, 2))),
            "backups": [],
        }
        if kind == "vaccine":
            fridge["certificate"] = {"$binary": {"base64": base64.b64encode(rng.randbytes(24)).decode(), "subType": "00"}}
            fridge["sensors"]["probe"] = {"unit": "celsius", "offset": 0.0, "calibrated": date(NOW - datetime.timedelta(days=90))}
        out.append(fridge)
    by_kind = {}
    for fridge in out:
        by_kind.setdefault((fridge["store"], fridge["kind"]), []).append(fridge["_id"])
    for fridge in out:
        others = [key for key in by_kind[fridge["store"], fridge["kind"]] if key != fridge["_id"]]
        fridge["backups"] = others[:2]
    return out


def make_readings(fridges):
    out = []
    for n in range(READINGS):
        fridge = fridges[n % FRIDGES]
        low, high = fridge["range"]["low"], fridge["range"]["high"]
        at = NOW - datetime.timedelta(minutes=30 * (n // FRIDGES), seconds=rng.randint(0, 900))
        celsius = rng.gauss((low + high) / 2, (high - low) / 6)
        if rng.random() < .06:
            celsius += rng.choice([-1, 1]) * rng.uniform(3, 9)
        reading = {"_id": object_id(at), "store": fridge["store"], "fridge": fridge["_id"], "at": date(at),
                   "celsius": round(celsius, 2) + 0.0, "door_open": rng.random() < .05, "battery": rng.randint(20, 100)}
        if n % 25 == 0:
            reading["source"] = "handheld"
        if n % 40 == 0:
            reading["raw"] = rng.choice([rng.randint(0, 4095), {"adc": rng.randint(0, 4095), "gain": 2}, "retry"])
        out.append(reading)
    return out


def kind_of(reading, fridge):
    """What would be wrong with the reading, and by which threshold."""
    if reading["celsius"] > fridge["range"]["high"]:
        return "too_warm", fridge["range"]["high"]
    if reading["celsius"] < fridge["range"]["low"]:
        return "too_cold", fridge["range"]["low"]
    if reading["door_open"]:
        return "door_open", 3.0
    return ("battery", 25.0) if reading["battery"] <= 25 else (None, None)


def make_alerts(readings, fridges, people):
    by_id = {fridge["_id"]: fridge for fridge in fridges}
    technicians = [row["_id"] for row in people if row["role"] == "technician" and row["active"]]
    out = []
    for reading in readings:
        kind, threshold = kind_of(reading, by_id[reading["fridge"]])
        if not kind or len(out) == ALERTS:
            continue
        raised = datetime.datetime.strptime(reading["at"]["$date"], "%Y-%m-%dT%H:%M:%SZ") + datetime.timedelta(minutes=2)
        state = rng.choices(["open", "acknowledged", "closed"], weights=[3, 3, 4])[0]
        vaccine = by_id[reading["fridge"]]["kind"] == "vaccine"
        alert = {"_id": new_uuid(), "store": reading["store"], "fridge": reading["fridge"], "reading": reading["_id"], "kind": kind,
                 "severity": "critical" if vaccine else "info" if kind == "battery" else "warning", "threshold": threshold,
                 "state": state, "raised": date(raised), "escalations": long(rng.choice([0, 0, 0, 1, 2])),
                 "watchers": sorted(rng.sample(technicians, rng.randint(0, 2))), "comments": []}
        if state != "open":
            who = rng.choice(technicians)
            when = raised + datetime.timedelta(minutes=rng.randint(3, 90))
            alert["acknowledged"] = {"by": who, "at": date(when)}
            for n in range(rng.randint(0, 2)):
                alert["comments"].append({"author": rng.choice(technicians), "at": date(when + datetime.timedelta(minutes=5 * (n + 1))),
                                          "text": rng.choice(COMMENTS)})
        if rng.random() < .3:
            alert["evidence"] = rng.choice([{"photo": "door.jpg", "by": "camera 2"}, [reading["celsius"], reading["battery"]], "seen on site"])
        out.append(alert)
    assert len(out) == ALERTS
    return out


def make_work_orders(alerts, people):
    technicians = [row["_id"] for row in people if row["role"] == "technician" and row["active"]]
    out = []
    for n in range(WORK_ORDERS):
        alert = alerts[n]
        parts = [{"sku": sku, "quantity": rng.randint(1, 3), "price": decimal(price)} for sku, price in rng.sample(PARTS, rng.randint(0, 2))]
        ore = sum(part["quantity"] * int(part["price"]["$numberDecimal"].replace(".", "")) for part in parts)
        state = rng.choices(["planned", "started", "waiting", "done"], weights=[4, 2, 1, 3])[0]
        steps = [step for step in STEPS if rng.random() < .6] or STEPS[:1]
        order = {"_id": long(1001 + n), "store": alert["store"], "fridge": alert["fridge"], "alert": alert["_id"],
                 "assignee": rng.choice(technicians), "title": TITLES[alert["kind"]], "state": state,
                 "priority": {"critical": 1, "warning": 3, "info": 5}[alert["severity"]],
                 "due": date(NOW + datetime.timedelta(days=rng.randint(1, 21))), "steps": steps,
                 "checks": {"goods_safe": state == "done" or rng.random() < .5, "power_off": state == "started"}, "parts": parts,
                 "minutes": long(0 if state == "planned" else rng.randint(5, 240)),
                 "cost": decimal("%d.%02d" % (ore // 100, ore % 100)), "after": []}
        if n > 20 and rng.random() < .15:
            order["after"] = [long(1001 + other) for other in sorted(rng.sample(range(n), 2))]
        if rng.random() < .2:
            order["attachments"] = rng.choice([["invoice.pdf", "before.jpg"], {"invoice": "invoice.pdf", "pages": 2}])
        out.append(order)
    return out


def write(name, rows):
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    (HERE / name).write_text(text, encoding="utf-8")
    print("%-20s %5d documents %7d bytes" % (name, len(rows), len(text.encode())))


def main():
    stores = make_stores()
    people = members([store["_id"] for store in stores])
    fridges = make_fridges(stores)
    readings = make_readings(fridges)
    alerts = make_alerts(readings, fridges, people)
    write("Store.ndjson", stores)
    write("Member.ndjson", people)
    write("Fridge.ndjson", fridges)
    write("Reading.ndjson", readings)
    write("Alert.ndjson", alerts)
    write("WorkOrder.ndjson", make_work_orders(alerts, people))
    users = [{"id": row["user_id"], "data": {"name": row["name"]}, "custom_data": row} for row in people]
    (HERE.parent / "users.json").write_text(json.dumps(users, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
