// What the generated C# needs of the Realm .NET SDK to be compiled.
namespace MongoDB.Bson
{
    public struct ObjectId {}
    public struct Decimal128 {}
}

namespace Realms
{
    using System;

    public class Realm {}
    public struct RealmValue {}
    public interface IRealmObject {}
    public interface IEmbeddedObject {}
    public interface IAsymmetricObject {}

    [AttributeUsage(AttributeTargets.Property)]
    public sealed class PrimaryKeyAttribute : Attribute {}

    [AttributeUsage(AttributeTargets.Property | AttributeTargets.Class)]
    public sealed class MapToAttribute : Attribute
    {
        public MapToAttribute(string mapping) {}
    }
}
