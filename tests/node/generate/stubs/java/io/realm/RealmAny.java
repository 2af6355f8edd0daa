package io.realm;

public final class RealmAny {}
