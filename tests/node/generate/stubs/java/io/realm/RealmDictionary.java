package io.realm;

public class RealmDictionary<V> extends java.util.HashMap<String, V> {
    private static final long serialVersionUID = 1L;
}
