// What the generated TypeScript needs of the npm package realm to be checked.
declare class Realm {
  readonly schema: Realm.ObjectSchema[];
}

declare namespace Realm {
  namespace BSON {
    class ObjectId { toHexString(): string; }
    class UUID { toHexString(): string; }
    class Decimal128 { toString(): string; }
  }
  type Mixed = unknown;

  class Object<T = unknown> {
    constructor(realm: Realm, values: Partial<T>);
    keys(): string[];
    entries(): [string, unknown][];
    toJSON(): Record<string, unknown>;
    isValid(): boolean;
    objectSchema(): ObjectSchema;
    linkingObjects(type: string, property: string): unknown[];
    linkingObjectsCount(): number;
    getPropertyType(name: string): string;
    addListener(callback: () => void): void;
    removeListener(callback: () => void): void;
    removeAllListeners(): void;
    _objectKey(): string;
  }
  class List<T> { [index: number]: T; readonly length: number; }
  class Set<T> { has(value: T): boolean; }
  class Dictionary<T> { set(key: string, value: T): this; }

  type PropertyTypeName =
    | 'bool' | 'int' | 'double' | 'string' | 'data' | 'date' | 'objectId' | 'uuid' | 'decimal128' | 'mixed'
    | 'object' | 'list' | 'set' | 'dictionary';
  interface PropertySchema {
    type: PropertyTypeName;
    objectType?: string;
    optional?: boolean;
    default?: unknown;
    mapTo?: string;
  }
  interface ObjectSchema {
    name: string;
    primaryKey?: string;
    embedded?: boolean;
    asymmetric?: boolean;
    properties: Record<string, string | PropertySchema>;
  }
}

export default Realm;
