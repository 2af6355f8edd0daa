// What the generated Kotlin needs of the Realm Kotlin SDK to be compiled.
package io.realm.kotlin.types

interface BaseRealmObject
interface RealmObject : BaseRealmObject
interface EmbeddedRealmObject : BaseRealmObject
interface AsymmetricRealmObject : BaseRealmObject
interface RealmList<E> : MutableList<E>
interface RealmSet<E> : MutableSet<E>
interface RealmDictionary<E> : MutableMap<String, E>
interface RealmAny
interface RealmInstant {
    companion object {
        fun now(): RealmInstant = throw UnsupportedOperationException()
    }
}
interface RealmUUID {
    companion object {
        fun random(): RealmUUID = throw UnsupportedOperationException()
    }
}
