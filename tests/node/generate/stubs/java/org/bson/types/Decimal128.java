package org.bson.types;

public final class Decimal128 {}
