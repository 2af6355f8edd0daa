package io.realm;

public class RealmSet<E> extends java.util.HashSet<E> {
    private static final long serialVersionUID = 1L;
}
