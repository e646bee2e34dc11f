package dev.mmgen.train;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.mmgen.sampling.Interpolant;
import dev.mmgen.torch.weights.SimilarName;
import dev.mmgen.train.loss.AbsentPart;
import dev.mmgen.train.loss.DirectReading;
import dev.mmgen.train.loss.Granularity;
import dev.mmgen.train.loss.Mixing;
import dev.mmgen.train.loss.RepresentationAlignment.Teacher;
import dev.mmgen.train.loss.TimeDistribution;
import dev.mmgen.train.loss.TimeScheme;
import dev.mmgen.train.loss.TrainingLoss;
import dev.mmgen.train.loss.VelocityLoss;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a loss as JSON: the settings of a record, and in front of them its {@code type}. Of a part of a program's own,
 * JSON holds the class's name as its type and nothing else; it is read as an {@link AbsentPart}.
 */
final class PartJson {

    static final String TYPE = "type";

    /**
     * A record with a name.
     *
     * @param defaults what settings have that JSON leaves out; null if all must be given
     */
    private record Type<T>(
            String name, Class<? extends T> part, @Nullable T defaults) {}

    private static final List<Family<?>> FAMILIES = List.of(
            new Family<>(TrainingLoss.class, AbsentPart::new, List.of(type("velocity", VelocityLoss.released()))),
            new Family<>(
                    TimeScheme.class,
                    AbsentPart::new,
                    List.of(
                            type("shared", new TimeScheme.Shared()),
                            type("decoupled", new TimeScheme.Decoupled(Mixing.NONE)),
                            type("one-condition", new TimeScheme.OneCondition(Mixing.THREE_QUARTERS, 0.01)),
                            type("fixed-condition", new TimeScheme.FixedCondition(0)),
                            type("any-conditions", new TimeScheme.AnyConditions(Mixing.HALF, 0.01)),
                            new Type<>("mixed-conditions", TimeScheme.MixedConditions.class, null),
                            new Type<>("direct-reading", DirectReading.class, null),
                            type("per-element", new TimeScheme.PerElement(Granularity.ELEMENT, Mixing.HALF)))),
            new Family<>(
                    TimeDistribution.class,
                    null,
                    List.of(
                            type("uniform", new TimeDistribution.Uniform()),
                            type("logit-normal", new TimeDistribution.LogitNormal(0, 1)),
                            type("few-steps", new TimeDistribution.FewSteps(4, 2.2)))),
            new Family<>(
                    Teacher.class,
                    null,
                    List.of(type("features", new Teacher.Features()), type("ema", Teacher.Ema.DEFAULT))));

    private PartJson() {}

    @SuppressWarnings("unchecked")
    private static <T> Type<T> type(String name, T defaults) {
        return new Type<>(name, (Class<? extends T>) defaults.getClass(), defaults);
    }

    /** Returns what teaches a mapper the parts. */
    static SimpleModule module() {
        SimpleModule module = new SimpleModule("parts of a loss");
        FAMILIES.forEach(family -> family.addTo(module));
        module.addSerializer(Interpolant.class, new JsonSerializer<>() {
            @Override
            public void serialize(Interpolant path, JsonGenerator out, SerializerProvider context) throws IOException {
                out.writeString(path.name());
            }
        });
        module.addDeserializer(Interpolant.class, new JsonDeserializer<>() {
            @Override
            public Interpolant deserialize(JsonParser in, DeserializationContext context) throws IOException {
                String name = in.getValueAsString("");
                try {
                    return isClass(name) ? new AbsentPart(name) : Interpolant.named(name);
                } catch (IllegalArgumentException e) {
                    throw context.instantiationException(Interpolant.class, e);
                }
            }
        });
        return module;
    }

    /** A class's name has a package; the name of a type has none. */
    private static boolean isClass(String name) {
        return name.contains(".");
    }

    /** Returns the settings of a type by its name, which a plan lays its own over; empty if there are none. */
    static Optional<Object> defaults(String type) {
        return FAMILIES.stream()
                .flatMap(family -> family.types().stream())
                .filter(known -> known.name().equals(type))
                .findFirst()
                .map(Type::defaults);
    }

    /**
     * An interface and its records.
     *
     * @param absent makes what stands for a class of a program's own; null if there can be none
     */
    private record Family<T>(Class<T> part, @Nullable Function<String, T> absent, List<Type<T>> types) {

        void addTo(SimpleModule module) {
            module.addSerializer(part, new Writer<>(this));
            module.addDeserializer(part, new Reader<>(this));
        }
    }

    private static final class Writer<T> extends JsonSerializer<T> {
        private final Family<T> family;

        Writer(Family<T> family) {
            this.family = family;
        }

        @Override
        public void serialize(T part, JsonGenerator out, SerializerProvider context) throws IOException {
            Optional<Type<T>> type = family.types().stream()
                    .filter(known -> known.part() == part.getClass())
                    .findFirst();
            String name = part instanceof AbsentPart absent
                    ? absent.className()
                    : part.getClass().getName();
            out.writeStartObject();
            out.writeStringField(TYPE, type.map(Type::name).orElse(name));
            if (type.isPresent()) {
                for (RecordComponent setting : part.getClass().getRecordComponents()) {
                    out.writeFieldName(setting.getName());
                    Object value = value(part, setting);
                    // An absent path is a loss too, by its class; its place tells that it is a path.
                    context.defaultSerializeValue(
                            value instanceof Interpolant path ? pathName(setting, path) : value, out);
                }
            }
            out.writeEndObject();
        }

        private static Object pathName(RecordComponent setting, Interpolant value) {
            return setting.getType() == Interpolant.class ? value.name() : value;
        }

        private static @Nullable Object value(Object part, RecordComponent setting) {
            try {
                return setting.getAccessor().invoke(part);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static final class Reader<T> extends JsonDeserializer<T> {
        private final Family<T> family;

        Reader(Family<T> family) {
            this.family = family;
        }

        @Override
        public T deserialize(JsonParser in, DeserializationContext context) throws IOException {
            JsonNode settings = context.readTree(in);
            String name = settings.path(TYPE).asText("");
            for (Type<T> type : family.types()) {
                if (type.name().equals(name)) {
                    return read(type.part(), settings, context);
                }
            }
            if (family.absent() != null && isClass(name)) {
                return family.absent().apply(name);
            }
            List<String> names = family.types().stream().map(Type::name).toList();
            throw fault(
                    context,
                    "'type' is '" + name + "'; it must be one of " + String.join(", ", names) + ". The nearest is '"
                            + SimilarName.find(name, names) + "'");
        }

        private T read(Class<? extends T> part, JsonNode settings, DeserializationContext context) throws IOException {
            requireKnown(part, settings, context);
            List<Class<?>> types = new ArrayList<>();
            List<@Nullable Object> values = new ArrayList<>();
            for (RecordComponent setting : part.getRecordComponents()) {
                JsonNode value = settings.get(setting.getName());
                boolean optional = !setting.getType().isPrimitive() && value != null;
                if (value == null || value.isNull() && !optional) {
                    throw fault(
                            context,
                            "setting '" + setting.getName() + "' of type '"
                                    + settings.path(TYPE).asText("") + "' is missing");
                }
                types.add(setting.getType());
                values.add(
                        value.isNull()
                                ? null
                                : context.readTreeAsValue(value, context.constructType(setting.getGenericType())));
            }
            try {
                return part.getDeclaredConstructor(types.toArray(Class[]::new)).newInstance(values.toArray());
            } catch (InvocationTargetException e) {
                throw context.instantiationException(part, e.getCause());
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }

        private void requireKnown(Class<? extends T> part, JsonNode settings, DeserializationContext context)
                throws IOException {
            List<String> known = new ArrayList<>(List.of(TYPE));
            for (RecordComponent setting : part.getRecordComponents()) {
                known.add(setting.getName());
            }
            for (Map.Entry<String, JsonNode> given : settings.properties()) {
                if (!known.contains(given.getKey())) {
                    throw fault(
                            context,
                            "setting '" + given.getKey() + "' of type '"
                                    + settings.path(TYPE).asText("") + "' is unknown; the nearest known one is '"
                                    + SimilarName.find(given.getKey(), known) + "'");
                }
            }
        }

        private JsonMappingException fault(DeserializationContext context, String message) {
            return context.instantiationException(family.part(), new IllegalArgumentException(message));
        }
    }
}
