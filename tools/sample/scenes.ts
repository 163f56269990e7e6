// Who stands where. Each scene has its own setting and its own usual inhabitants, some of them far from usual sizes.
import { VOC_CLASSES, type Random } from '@plumbline/data';
import { kitchen, livingRoom, windowSill } from './indoors.ts';
import { aeroplane } from './objects/aeroplane.ts';
import { boat } from './objects/boat.ts';
import { bottle } from './objects/bottle.ts';
import { car } from './objects/car.ts';
import { person } from './objects/person.ts';
import { pottedplant } from './objects/pottedplant.ts';
import { sheep } from './objects/sheep.ts';
import { tvmonitor } from './objects/tvmonitor.ts';
import { meadow, park, ridge, sea, sky, street, type Frame } from './outdoors.ts';
import { hue, type DrawObject, type Part } from './shapes.ts';

export interface PlacedObject {
  classIndex: number;
  parts: Part[];
  /** Where the object's origin lies in the picture, in pixels, and how large, turned and mirrored it is. */
  x: number;
  y: number;
  scale: number;
  degrees: number;
  mirrored: boolean;
}

export interface Scene {
  backdrop: string;
  /** From back to front. */
  objects: PlacedObject[];
}

export type ComposeScene = (random: Random, frame: Frame) => Scene;

const chance = (random: Random, probability: number): boolean => random.uniform(0, 1) < probability;

function place(
  random: Random,
  name: string,
  draw: DrawObject,
  at: { x: number; y: number; scale: number; degrees?: number },
): PlacedObject {
  const { degrees = 0, ...position } = at;
  return {
    classIndex: VOC_CLASSES.indexOf(name),
    parts: draw(random),
    ...position,
    degrees: random.uniform(-1, 1) * degrees,
    mirrored: chance(random, 0.5),
  };
}

/** `count` places side by side across the frame, in random order, each with some play. */
function spread(random: Random, { width }: Frame, count: number): number[] {
  const slot = width / count;
  const places = Array.from({ length: count }, (_, i) => (i + 0.5 + random.uniform(-0.22, 0.22)) * slot);
  return places.sort(() => random.uniform(-1, 1));
}

const backToFront = (objects: PlacedObject[]): PlacedObject[] => objects.sort((a, b) => a.y - b.y);

const pasture: ComposeScene = (random, frame) => {
  const horizon = frame.height * random.uniform(0.28, 0.5);
  const herd = random.integer(1, 3);
  const guest = chance(random, 0.3);
  const [first, ...rest] = spread(random, frame, herd + (guest ? 1 : 0));
  const objects = (guest ? rest : [first as number, ...rest]).map((x) => {
    const y = random.uniform(horizon + (frame.height - horizon) * 0.45, frame.height - 4);
    return place(random, 'sheep', sheep, {
      x,
      y,
      scale: (y / frame.height) * random.uniform(0.5, 0.95) * (herd > 2 ? 0.8 : 1.1),
    });
  });
  if (guest) {
    const y = frame.height - random.uniform(2, 14);
    objects.push(
      place(random, 'person', person, { x: first as number, y, scale: random.uniform(0.5, 0.68) }),
    );
  }
  return { backdrop: meadow(random, frame, horizon), objects: backToFront(objects) };
};

const harbour: ComposeScene = (random, frame) => {
  const horizon = frame.height * random.uniform(0.35, 0.55);
  const objects = spread(random, frame, random.integer(1, 2)).map((x, _, { length }) => {
    const y = random.uniform(horizon + 14, frame.height - 16);
    return place(random, 'boat', boat, {
      x,
      y,
      scale: (y / frame.height) * (length > 1 ? 0.85 : 1.15) * random.uniform(0.8, 1.1),
      degrees: 4,
    });
  });
  if (chance(random, 0.2)) {
    const at = {
      x: random.uniform(0.2, 0.8) * frame.width,
      y: horizon * random.uniform(0.4, 0.6),
      scale: random.uniform(0.3, 0.42),
    };
    objects.unshift(place(random, 'aeroplane', aeroplane, { ...at, degrees: 8 }));
  }
  return { backdrop: sea(random, frame, horizon), objects };
};

const town: ComposeScene = (random, frame) => {
  const kerb = frame.height * random.uniform(0.48, 0.62);
  const road = frame.height - kerb;
  const objects = [
    place(random, 'car', car, {
      x: frame.width * random.uniform(0.3, 0.7),
      y: kerb + road * random.uniform(0.5, 0.85),
      scale: random.uniform(0.75, 1.25),
    }),
  ];
  if (chance(random, 0.35)) {
    const x = frame.width * (chance(random, 0.5) ? random.uniform(-0.02, 0.2) : random.uniform(0.8, 1.02));
    objects.push(place(random, 'car', car, { x, y: kerb + road * 0.3, scale: random.uniform(0.55, 0.75) }));
  }
  if (chance(random, 0.45)) {
    objects.push(
      place(random, 'person', person, {
        x: frame.width * random.uniform(0.08, 0.92),
        y: kerb - 1,
        scale: random.uniform(0.34, 0.46),
      }),
    );
  }
  return { backdrop: street(random, frame, kerb), objects: backToFront(objects) };
};

const counter: ComposeScene = (random, frame) => {
  const edge = frame.height * random.uniform(0.55, 0.7);
  const count = random.integer(2, 4);
  const objects = spread(random, frame, count).map((x, i) => {
    const y = random.uniform(edge + 6, frame.height - (frame.height - edge) * 0.3);
    const isPlant = i === 0 && chance(random, 0.3);
    const scale = random.uniform(0.75, 1.15) * (frame.height / 140);
    return isPlant
      ? place(random, 'pottedplant', pottedplant, { x, y, scale: scale * 0.85 })
      : place(random, 'bottle', bottle, { x, y, scale });
  });
  return { backdrop: kitchen(random, frame, edge), objects: backToFront(objects) };
};

const flight: ComposeScene = (random, frame) => {
  const { width, height } = frame;
  const ground = height * random.uniform(0.86, 1.05);
  const at = { x: width * random.uniform(0.38, 0.62), y: height * random.uniform(0.45, 0.68) };
  const land =
    ridge(random, frame, ground, 6, hue(random, 120, 24, 34)) +
    ridge(random, frame, ground + 8, 4, hue(random, 96, 30, 28));
  const objects = [
    place(random, 'aeroplane', aeroplane, {
      ...at,
      scale: random.uniform(0.75, 1.25) * (width / 180),
      degrees: 16,
    }),
  ];
  return { backdrop: sky(random, frame) + land, objects };
};

const evening: ComposeScene = (random, frame) => {
  const edge = frame.height * random.uniform(0.62, 0.76);
  const left = chance(random, 0.5);
  const side = (outer: number): number => frame.width * (left ? outer : 1 - outer);
  const objects = [
    place(random, 'tvmonitor', tvmonitor, {
      x: side(random.uniform(0.52, 0.62)),
      y: edge + random.uniform(5, 12),
      scale: random.uniform(0.8, 1.1) * (frame.width / 180),
    }),
  ];
  if (chance(random, 0.45))
    objects.push(
      place(random, 'pottedplant', pottedplant, {
        x: side(0.14),
        y: edge + 10,
        scale: random.uniform(0.5, 0.75),
      }),
    );
  else if (chance(random, 0.5))
    objects.push(
      place(random, 'bottle', bottle, { x: side(0.14), y: edge + 12, scale: random.uniform(0.5, 0.75) }),
    );
  return { backdrop: livingRoom(random, frame, edge), objects: backToFront(objects) };
};

const greenhouse: ComposeScene = (random, frame) => {
  const edge = frame.height * random.uniform(0.68, 0.8);
  const objects = spread(random, frame, random.integer(1, 2)).map((x, _, { length }) =>
    place(random, 'pottedplant', pottedplant, {
      x,
      y: edge + random.uniform(5, 14),
      scale: random.uniform(0.85, 1.15) * (length > 1 ? 0.85 : 1.05),
    }),
  );
  return { backdrop: windowSill(random, frame, edge), objects: backToFront(objects) };
};

const walk: ComposeScene = (random, frame) => {
  const horizon = frame.height * random.uniform(0.35, 0.5);
  const objects = spread(random, frame, random.integer(1, 3)).map((x) => {
    const y = random.uniform(frame.height * 0.82, frame.height * 1.05);
    return place(random, 'person', person, { x, y, scale: (y / 190) * random.uniform(0.85, 1.1) });
  });
  return { backdrop: park(random, frame, horizon), objects: backToFront(objects) };
};

/** Every class has at least one scene of its own. */
export const SCENES: readonly ComposeScene[] = [
  pasture,
  harbour,
  town,
  counter,
  flight,
  evening,
  greenhouse,
  walk,
];
