package org.mongodb.kbson

class ObjectId
class Decimal128(val text: String)
