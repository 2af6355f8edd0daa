package io.realm.kotlin.types.annotations

@Target(AnnotationTarget.PROPERTY)
annotation class PrimaryKey

@Target(AnnotationTarget.PROPERTY, AnnotationTarget.CLASS)
annotation class PersistedName(val name: String)
