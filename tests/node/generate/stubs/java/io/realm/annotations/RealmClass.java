package io.realm.annotations;

import java.lang.annotation.ElementType;
import java.lang.annotation.Target;

@Target(ElementType.TYPE)
public @interface RealmClass {
    String value() default "";
    String name() default "";
    boolean embedded() default false;
}
