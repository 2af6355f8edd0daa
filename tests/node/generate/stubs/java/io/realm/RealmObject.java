package io.realm;

/** What the generated Java needs of the Realm Java SDK to be compiled: its final members above all. */
public abstract class RealmObject {
    public final void deleteFromRealm() {}
    public final boolean isValid() { return true; }
    public final boolean isManaged() { return false; }
    public final boolean isLoaded() { return true; }
    public final boolean isFrozen() { return false; }
    public final boolean load() { return true; }
    public final Object getRealm() { return null; }
    public final void removeAllChangeListeners() {}
}
