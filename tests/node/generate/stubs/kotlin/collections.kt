package io.realm.kotlin.ext

import io.realm.kotlin.types.RealmDictionary
import io.realm.kotlin.types.RealmList
import io.realm.kotlin.types.RealmSet

fun <T> realmListOf(vararg elements: T): RealmList<T> = throw UnsupportedOperationException()
fun <T> realmSetOf(vararg elements: T): RealmSet<T> = throw UnsupportedOperationException()
fun <T> realmDictionaryOf(vararg entries: Pair<String, T>): RealmDictionary<T> = throw UnsupportedOperationException()
