"""From a phrase and a home to an example: what is said, where, and what is to be decided."""

from __future__ import annotations

import random
from dataclasses import dataclass

import words
from homes import Area, Entity, Home, fits
from numbers_said import chinese, english
from phrases import Phrase, Section

# Nobody means the ones in the speaker's own room.
NOWHERE = ["scene", "script", "todo", "weather", "alarm_control_panel", "cover.garage", "cover.gate", "lawn_mower", "valve",
           "vacuum", "water_heater", "siren", "sensor.energy"]
# Of these there is one at a time: a room of them is no target, and which one is meant must be clear.
SINGLE = ["lock", "alarm_control_panel", "vacuum", "lawn_mower", "scene", "script", "button", "todo", "weather", "valve",
          "water_heater", "siren", "switch", "sensor", "binary_sensor", "cover.garage", "cover.gate", "cover.window", "media_player"]
NO_TARGET = {"HassStartTimer", "HassCancelTimer", "HassCancelAllTimers", "HassIncreaseTimer", "HassDecreaseTimer",
             "HassPauseTimer", "HassUnpauseTimer", "HassTimerStatus", "HassShoppingListAddItem",
             "HassShoppingListCompleteItem", "HassBroadcast", "HassNevermind", "HassGetCurrentDate", "HassGetCurrentTime"}
# Their rooms say enough: the domain is always the same.
NO_DOMAIN = {"HassClimateGetTemperature", "HassClimateSetTemperature"}
ORDER = ["intent", "name", "area", "floor", "domain", "device_class", "state", "ask", "property", "step", "brightness", "color",
         "temperature", "position", "percentage", "humidity", "volume_level", "volume_step", "mode", "hours", "minutes",
         "seconds", "start_hours", "start_minutes", "start_seconds", "timer", "item", "search_query", "message"]


class CannotFill(Exception):
    """This home and this phrase do not go together; another draw will."""


@dataclass
class Example:
    home: str
    here: str
    said: str
    decision: list[dict] | dict
    topic: str
    language: str


def number(rng: random.Random, value: int, language: str) -> str:
    """A number as it is typed or said; negative ones and those above 999 only as digits."""
    if rng.random() < 0.6 or not 0 <= value <= 999:
        return str(value)
    # Two of something is counted with a word of its own.
    return english(value) if language == "en" else "两" if value == 2 else chinese(value)


class Filler:
    """Fills one phrase in one home, and keeps what was filled in."""

    def __init__(self, rng: random.Random, home: Home, language: str) -> None:
        self.rng, self.home, self.language = rng, home, language
        self.values: dict[str, object] = {}

    def pick(self, pairs: list[tuple[str, str]]) -> str:
        return self.rng.choice(pairs)[0 if self.language == "en" else 1]

    def value(self, slot: str) -> str:
        """The words for a slot that is no target; its value is kept."""
        rng = self.rng
        if slot in ("brightness", "position", "percentage", "volume_level", "humidity"):
            value = rng.choice([5, 10, 15, 20, 25, 30, 33, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, rng.randint(1, 100)])
            if slot == "humidity":
                value = rng.choice([35, 40, 45, 50, 55, 60, 65])
            self.values[slot] = value
            said = number(rng, value, self.language)
            if self.language == "zh":
                return f"百分之{said}" if not said.isdigit() or rng.random() < 0.3 else f"{said}%"
            return said + rng.choice(["%", " percent", "%"]) if said.isdigit() else f"{said} percent"
        if slot in ("temperature", "kelvin"):
            value = rng.choice([2700, 3000, 4000, 5000, 6500]) if slot == "kelvin" else rng.choice([*range(16, 29), 21, 22, 20, *([68, 70, 72] if self.language == "en" else [])])
            self.values["temperature"] = value
            return number(rng, value, self.language)
        if slot in ("hours", "minutes", "seconds", "start_hours", "start_minutes", "start_seconds"):
            most = {"hours": [1, 2, 3, 4, 6, 8], "minutes": [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 45, 50, 90],
                    "seconds": [10, 15, 20, 30, 45, 50, 90]}[slot.removeprefix("start_")]
            self.values[slot] = rng.choice(most)
            return number(rng, self.values[slot], self.language)
        if slot == "degrees":
            self.values[slot] = rng.choice([1, 2, 3, 4, 5])
            return number(rng, self.values[slot], self.language)
        lists = {"color": words.COLORS, "item": words.ITEMS, "timer_name": words.TIMER_NAMES, "message": words.MESSAGES,
                 "search_query": words.MUSIC}
        if slot == "color":
            pair = rng.choice(words.COLORS)
            self.values[slot] = pair[0]
            return pair[0 if self.language == "en" else 1]
        if slot not in lists:
            raise CannotFill(f"no such slot: {slot}")
        self.values[slot] = self.pick(lists[slot])
        return str(self.values[slot])

    def entity_said(self, entity: Entity, room: Area | None) -> str:
        """How somebody calls an entity: by its name, mostly."""
        name, rng = (entity.alias if entity.alias and rng_alias(self.rng) else entity.name), self.rng
        if entity.area and room is entity.area and name.startswith(entity.area.name):
            short = name.removeprefix(entity.area.name).strip().removeprefix("的")
            if short and rng.random() < 0.5 and sum(other.name.endswith(short) for other in entity.area.entities) == 1:
                name = short
        if self.language == "en" and name.isascii():
            return name.lower() if rng.random() < 0.8 else name
        return name

    def area_said(self, area: Area | str) -> str:
        name = area if isinstance(area, str) else area.name
        return name.lower() if self.language == "en" and self.rng.random() < 0.75 else name


def rng_alias(rng: random.Random) -> bool:
    return rng.random() < 0.6


def target(entity: Entity, home: Home) -> dict:
    slots = {"name": entity.name}
    if not home.is_unique(entity) and entity.area:
        slots["area"] = entity.area.name
    return slots


def group(kinds: list[str], found: list[Entity]) -> dict:
    """Domain and device class of all of a kind."""
    domains = sorted({entity.domain for entity in found})
    slots: dict = {"domain": domains[0]}
    classes = {entity.device_class for entity in found}
    wanted = {kind.partition(".")[2] or None for kind in kinds}
    if len(classes) == 1 and None not in classes and None not in wanted:
        slots["device_class"] = classes.pop()
    return slots


class Composer:
    """Makes examples out of sections."""

    def __init__(self, rng: random.Random, sections: list[Section], language: str, held: bool) -> None:
        self.rng, self.language, self.held = rng, language, held
        self.sections = sections
        self.weights = [max(1.0, len(section.phrases)) ** 0.7 for section in sections]
        self.wishes = [s for s in sections if not s.intent.startswith("no:")]

    def draw(self) -> Example:
        while True:
            section = self.rng.choices(self.sections, self.weights)[0]
            try:
                return self.compose(section)
            except CannotFill:
                continue

    def compose(self, section: Section) -> Example:
        home = Home(self.rng, self.language, self.held)
        here = self.rng.choice(home.areas) if self.rng.random() < 0.7 else None
        phrase = self.rng.choice(section.phrases)
        if section.intent.startswith("no:"):
            filler = Filler(self.rng, home, self.language)
            said = self.loosely(phrase, filler)
            return self.example(home, here, said, {"no": section.intent[3:]}, section)
        if self.rng.random() < 0.05 and section.kinds and phrase.slots() & {"name", "area"} and "name2" not in phrase.slots():
            return self.absent(section, phrase, home, here)
        said, decision, here = self.fill(section, phrase, home, here)
        topic = section.topic
        if "solo" not in phrase.marks and self.rng.random() < 0.14:
            other = self.rng.choice(self.wishes)
            again = self.rng.choice(other.phrases)
            if not {"solo", "each"} & again.marks and other.intent not in NO_TARGET | {"HassGetState"}:
                more, also, here = self.fill(other, again, home, here, keep=here is not None)
                names = {entity.name: home.is_unique(entity) for entity in home.entities}
                if any(one.get("name", "all") not in ("all", *names) for one in decision):
                    raise CannotFill("the second wish took away what the first was about")
                if any("area" not in one and not names.get(one.get("name"), True) for one in decision):
                    raise CannotFill("the second wish brought a namesake")
                if all(one not in decision for one in also):
                    said, decision, topic = self.joined(said, more), decision + also, "several"
        return self.example(home, here, said, decision, section, topic)

    def example(self, home: Home, here: Area | None, said: str, decision: list | dict, section: Section, topic: str = "") -> Example:
        return Example(home.text(), here.name if here else "", said, decision, topic or section.topic, self.language)

    def joined(self, one: str, two: str) -> str:
        if self.language == "zh":
            return one + self.rng.choice(["，然后", "，再", "，", "，还有", "并且", "，顺便", " "]) + two
        return one + self.rng.choice([" and ", " and then ", ", then ", " and also ", ", ", " then ", " plus "]) + two

    def loosely(self, phrase: Phrase, filler: Filler) -> str:
        """A sentence that asks for nothing: whatever it names may or may not exist."""
        said = phrase.say(self.rng)
        for slot in phrase.slots():
            plain = slot.rstrip("2")
            if plain == "name":
                pick = self.rng.choice(filler.home.entities).name if filler.home.entities else "lamp"
                words_said = pick.lower() if self.language == "en" else pick
            elif plain == "area":
                words_said = filler.area_said(self.rng.choice(filler.home.areas))
            elif plain == "floor":
                words_said = filler.area_said(filler.pick(words.FLOORS))
            else:
                words_said = filler.value(plain)
            said = said.replace("{" + slot + "}", words_said)
        return said

    def absent(self, section: Section, phrase: Phrase, home: Home, here: Area | None) -> Example:
        """A wish for something that this home does not have."""
        for entity in home.find(section.kinds):
            home.remove(entity)
        stranger = Home(self.rng, self.language, self.held)
        area = self.rng.choice(stranger.areas)
        entity = stranger.add(self.rng.choice([k for k in words.NAMES if fits(k, section.kinds)]), area)
        if entity is None or any(e.name == entity.name for e in home.entities) or section.names:
            raise CannotFill("not absent")
        filler = Filler(self.rng, stranger, self.language)
        said = phrase.say(self.rng).replace("{name}", filler.entity_said(entity, None)).replace("{area}", filler.area_said(area))
        for slot in phrase.slots() - {"name", "area", "floor"}:
            said = said.replace("{" + slot + "}", filler.value(slot))
        if "{" in said:
            raise CannotFill(said)
        return self.example(home, here, said, {"no": "impossible"}, section)

    def fill(self, section: Section, phrase: Phrase, home: Home, here: Area | None, keep: bool = False):
        """The sentence, its decision, and where it was said."""
        filler, slots = Filler(self.rng, home, self.language), phrase.slots()
        targets, spoken, here = self.targets(section, phrase, home, here, filler, keep)
        said = phrase.say(self.rng)
        # An alternative may leave a target out; then what is decided must not name it.
        missing = [slot for slot in spoken if "{" + slot + "}" not in said]
        if missing:
            raise CannotFill(f"left out: {missing}")
        for slot, text in spoken.items():
            said = said.replace("{" + slot + "}", text)
        for slot in sorted(slots - set(spoken)):
            if "{" + slot + "}" in said:
                said = said.replace("{" + slot + "}", filler.value(slot))
        if "{" in said:
            raise CannotFill(said)
        fixed = {key: self.fixed(value, filler) for key, value in section.slots.items()}
        fixed = {key: value for key, value in fixed.items() if value is not None}
        loose = {slot: value for slot, value in filler.values.items() if slot not in ("degrees",) and slot not in fixed}
        decision = []
        for one in targets:
            action = {"intent": section.intent, **one, **fixed, **loose}
            decision.append({key: action[key] for key in ORDER if key in action})
        return said, decision, here

    @staticmethod
    def fixed(value: str, filler: Filler):
        """A slot of the header: a constant, or `{slot}` or `-{slot}` for what the phrase was filled with."""
        sign = -1 if value.startswith("-{") else 1
        if value.lstrip("-").startswith("{"):
            found = filler.values.get(value.strip("-{}"))
            return sign * found if sign < 0 and isinstance(found, int) else found
        return int(value) if value.lstrip("-").isdigit() else value

    def targets(self, section: Section, phrase: Phrase, home: Home, here: Area | None, filler: Filler, keep: bool):
        kinds, slots = section.kinds, phrase.slots()
        if section.intent.startswith("HassShoppingList"):
            # With a list of that name, the wish would be about that one.
            for entity in home.find(["todo"]):
                if entity.english in ("Shopping List", "Groceries"):
                    home.remove(entity)
        if not kinds:
            return [{}], {}, here
        if section.intent == "HassVacuumCleanArea":
            # The room is what is to be cleaned, not where the vacuum is.
            self.ensure(section, home)
            area = self.rng.choice(home.areas) if "area" in slots else here
            if area is None or not area.entities:
                raise CannotFill("nowhere")
            return [{"area": area.name}], {"area": filler.area_said(area)} if "area" in slots else {}, here
        if "all" in phrase.marks:
            found = home.find(kinds)
            if not found:
                self.ensure(section, home)
                found = home.find(kinds)
            if section.intent in NO_DOMAIN:
                raise CannotFill("only a room has a temperature")
            if section.intent == "HassGetState":
                return [group(kinds, found)], {}, here
            return [{"name": "all", **group(kinds, found)}], {}, here
        if "name" in slots:
            return self.by_name(section, phrase, home, here, filler)
        if "area" in slots:
            return self.by_area(section, slots, home, here, filler)
        if "floor" in slots:
            return self.by_floor(section, home, here, filler)
        return self.by_place(section, phrase, home, here, keep)

    def ensure(self, section: Section, home: Home, area: Area | None = None) -> Entity:
        """An entity that the section can be about: one that is there, or a new one."""
        found = [e for e in (area.entities if area else home.entities) if self.suits(section, e)]
        if found:
            return self.rng.choice(found)
        kinds = [kind for kind in words.NAMES if fits(kind, section.kinds)]
        kind = self.rng.choice(kinds)
        only = self.rng.choice(section.names) if section.names else None
        entity = home.add(kind, area or home.fitting(kind), only)
        if entity is None or not self.suits(section, entity):
            raise CannotFill("no entity")
        return entity

    @staticmethod
    def suits(section: Section, entity: Entity) -> bool:
        return fits(entity.kind, section.kinds) and (not section.names or entity.english in section.names)

    def by_name(self, section: Section, phrase: Phrase, home: Home, here: Area | None, filler: Filler):
        slots = phrase.slots()
        first = self.ensure(section, home)
        spoken = {"name": filler.entity_said(first, here)}
        chosen = [first]
        if "name2" in slots:
            others = [e for e in home.entities if self.suits(section, e) and e is not first and e.name != first.name]
            if not others:
                raise CannotFill("no second")
            chosen.append(self.rng.choice(others))
            spoken["name2"] = filler.entity_said(chosen[1], here)
        if "area" in slots:
            if first.area is None:
                raise CannotFill("in no room")
            spoken["area"] = filler.area_said(first.area)
        elif not home.is_unique(first):
            if first.area is None or here is not first.area:
                raise CannotFill("two of one name")
        return [target(entity, home) for entity in chosen], spoken, here

    def by_area(self, section: Section, slots: set[str], home: Home, here: Area | None, filler: Filler):
        names = [slot for slot in ("area", "area2") if slot in slots]
        if len(home.areas) < len(names):
            raise CannotFill("too few rooms")
        areas = self.rng.sample(home.areas, len(names))
        decided, spoken = [], {}
        for slot, area in zip(names, areas):
            self.ensure(section, home, area)
            spoken[slot] = filler.area_said(area)
            decided.append(self.of_area(section, area, home))
        return decided, spoken, here

    def of_area(self, section: Section, area: Area, home: Home) -> dict:
        found = [entity for entity in area.entities if self.suits(section, entity)]
        if section.intent in NO_DOMAIN:
            return {"area": area.name}
        asks = section.intent == "HassGetState"
        if section.names or (fits(found[0].kind, SINGLE) and not asks):
            if len(found) > 1:
                raise CannotFill("which of them")
            return target(found[0], home)
        return {"area": area.name, **group(section.kinds, found)}

    def by_floor(self, section: Section, home: Home, here: Area | None, filler: Filler):
        floors = home.floors()
        if not floors:
            raise CannotFill("no floors")
        if section.intent in NO_DOMAIN:
            raise CannotFill("only a room has a temperature")
        floor = self.rng.choice(floors)
        found = [e for e in home.find(section.kinds) if e.area and e.area.floor == floor]
        if not found or (fits(found[0].kind, SINGLE) and section.intent != "HassGetState"):
            raise CannotFill("nothing on the floor")
        return [{"floor": floor, **group(section.kinds, found)}], {"floor": filler.area_said(floor)}, here

    def by_place(self, section: Section, phrase: Phrase, home: Home, here: Area | None, keep: bool):
        """Neither name nor room was said: the speaker's room, or the only one there is."""
        if self.rng.random() < 0.7 or "here" in phrase.marks:
            if not keep:
                here = self.rng.choice(home.areas)
            if here is None:
                raise CannotFill("nowhere")
            if not fits(section.kinds[0], NOWHERE):
                self.ensure(section, home, here)
                return [self.of_area(section, here, home)], {}, here
        only = self.ensure(section, home)
        found = [entity for entity in home.entities if self.suits(section, entity)]
        for other in found:
            if other is not only:
                home.remove(other)
        if not keep:
            here = self.rng.choice([None, *home.areas])
        if here and only.area is here:
            return [self.of_area(section, here, home)], {}, here
        return [target(only, home)], {}, here
