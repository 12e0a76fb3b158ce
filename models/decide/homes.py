"""Homes that never were: rooms, floors and devices drawn at random, and what a prompt shows of them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import words

HELD_OF_NAMES = 5  # one name in so many is kept for the held-out homes
ALIASED = {"light", "switch", "fan", "climate", "vacuum", "humidifier"}
CAR_ROOMS = {"Garage", "Driveway", "Carport"}
GREEN_ROOMS = {"Garden", "Backyard", "Front Yard", "Greenhouse", "Terrace", "Patio", "Deck"}


@dataclass
class Entity:
    """One entity as a prompt shows it. `kind` is `domain` or `domain.device_class`."""

    kind: str
    english: str
    name: str
    area: Area | None
    alias: str | None = None

    @property
    def domain(self) -> str:
        return self.kind.split(".")[0]

    @property
    def device_class(self) -> str | None:
        return self.kind.partition(".")[2] or None


@dataclass(eq=False)
class Area:
    """A room; `floor` is the name of its floor, if the home has floors."""

    english: str
    name: str
    floor: str | None = None
    entities: list[Entity] = field(default_factory=list)

    def has(self, kinds: list[str]) -> list[Entity]:
        return [entity for entity in self.entities if fits(entity.kind, kinds)]


def fits(kind: str, kinds: list[str]) -> bool:
    """Whether a kind is one of `kinds`; `cover` alone stands for every cover."""
    return any(kind == one or kind.split(".")[0] == one for one in kinds)


class Home:
    """A home as one prompt shows it: at most some two dozen entities."""

    def __init__(self, rng: random.Random, language: str, held: bool) -> None:
        self.rng, self.language, self.held = rng, language, held
        self.areas: list[Area] = []
        self.loose: list[Entity] = []
        # Some Chinese homes have devices that kept their English names.
        self.foreign = 0.08 if language == "zh" else 0.0
        pool = words.AREAS[-words.HELD_AREAS :] if held else words.AREAS[: -words.HELD_AREAS]
        count = rng.choice([1, 2, 2, 3, 3, 4, 4, 5, 6])
        floors = rng.sample(words.FLOORS, 2) if count > 2 and rng.random() < 0.3 else []
        for pair in rng.sample(pool, count):
            floor = self.said(rng.choice(floors)) if floors else None
            self.areas.append(Area(pair[0], self.said(pair), floor))
        for area in self.areas:
            for kind, rate in words.RATE.items():
                for _ in range(self.how_many(rate)):
                    self.add(kind, area)
        for kind, rate in words.HOME_RATE.items():
            for _ in range(self.how_many(rate)):
                self.add(kind, self.fitting(kind))
        while len(self.entities) > 26:
            self.remove(rng.choice(self.entities))

    def said(self, pair: tuple[str, str]) -> str:
        foreign = self.rng.random() < self.foreign
        return pair[0] if self.language == "en" or foreign else pair[1]

    def how_many(self, rate: float) -> int:
        whole = int(rate)
        return whole + (self.rng.random() < rate - whole) if rate < 1 else self.rng.choice([0, 1, 1, 2, 2, 3])

    def fitting(self, kind: str) -> Area | None:
        rooms = {"cover.garage": CAR_ROOMS, "lawn_mower": GREEN_ROOMS, "valve": GREEN_ROOMS}.get(kind)
        if kind in ("todo", "weather", "scene", "script", "alarm_control_panel"):
            return None
        some = [area for area in self.areas if rooms is None or area.english in rooms]
        return self.rng.choice(some) if some and self.rng.random() < 0.7 else None

    def names_for(self, kind: str) -> list[tuple[str, str]]:
        names = words.NAMES[kind]
        cut = len(names) - len(names) // HELD_OF_NAMES
        return names[cut:] + names[: max(1, cut // 3)] if self.held else names[:cut]

    def add(self, kind: str, area: Area | None, only: str | None = None) -> Entity | None:
        """Adds an entity; `only` asks for the one with this English name."""
        names = [pair for pair in words.NAMES[kind] if pair[0] == only] if only else self.names_for(kind)
        names = [pair for pair in names if area or "{a}" not in pair[0]]
        self.rng.shuffle(names)
        beside = area.entities if area else self.loose
        for pair in names:
            name = self.said(pair)
            if area:
                name = name.replace("{a}", area.name)
            if any(name == other.name for other in beside):
                continue
            for other in self.entities:
                # A name belongs to one thing: an alias gives way.
                if other.alias == name:
                    other.alias = None
            entity = Entity(kind, pair[0], name, area, self.alias(kind, name))
            beside.append(entity)
            return entity
        return None

    def alias(self, kind: str, name: str) -> str | None:
        """Another name for a lamp or the like; of locks, scenes and lists it would be another thing's name."""
        if kind not in ALIASED or self.rng.random() > 0.1:
            return None
        alias = self.said(self.rng.choice(self.names_for(kind)))
        taken = {other.name for other in self.entities} | {other.alias for other in self.entities}
        return alias if "{a}" not in alias and alias != name and alias not in taken else None

    def remove(self, entity: Entity) -> None:
        (entity.area.entities if entity.area else self.loose).remove(entity)

    @property
    def entities(self) -> list[Entity]:
        return [entity for area in self.areas for entity in area.entities] + self.loose

    def find(self, kinds: list[str]) -> list[Entity]:
        return [entity for entity in self.entities if fits(entity.kind, kinds)]

    def is_unique(self, entity: Entity) -> bool:
        return sum(other.name == entity.name for other in self.entities) == 1

    def floors(self) -> list[str]:
        return sorted({area.floor for area in self.areas if area.floor})

    def text(self) -> str:
        """The home as the prompt shows it: a line a room, its entities grouped by kind."""
        areas = [area for area in self.areas if area.entities]
        lines = []
        for area in areas:
            head = f"{area.name} ({area.floor})" if area.floor else area.name
            lines.append(f"{head}: {groups(area.entities)}")
        if self.loose:
            lines.append(f"-: {groups(self.loose)}")
        return "\n".join(lines)


def groups(entities: list[Entity]) -> str:
    by_kind: dict[str, list[str]] = {}
    for entity in entities:
        name = f"{entity.name} ({entity.alias})" if entity.alias else entity.name
        by_kind.setdefault(entity.kind, []).append(name)
    return "; ".join(f"{kind} {', '.join(names)}" for kind, names in sorted(by_kind.items()))
