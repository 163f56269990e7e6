// The part of jsfive that is used; the package brings no types.
declare module 'jsfive' {
  export class Dataset {
    readonly shape: readonly number[];
    readonly value: ArrayLike<number>;
  }

  export class Group {
    readonly keys: readonly string[];
    /** Throws when there is no such entry. */
    get(path: string): Group | Dataset;
  }

  export class File extends Group {
    constructor(bytes: ArrayBuffer, name: string);
  }
}
