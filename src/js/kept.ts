const kept: object[] = [];

/**
 * Keeps an object of a class for good, though nobody needs it. When an engine collects the last object of a class it
 * drops what it compiled for that class, and as a rule all objects of one export are gone before the next.
 */
export function keep(object: object): void {
  kept.push(object);
}
