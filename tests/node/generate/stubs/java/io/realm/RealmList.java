package io.realm;

public class RealmList<E> extends java.util.ArrayList<E> {
    private static final long serialVersionUID = 1L;
}
