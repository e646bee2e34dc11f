package dev.mmgen.io;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Device;
import dev.mmgen.torch.GradMode;
import dev.mmgen.torch.Shape;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.Torch;
import dev.mmgen.torch.nn.Parameter;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.TensorInfo;
import dev.mmgen.torch.weights.WeightFileException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The difference of a student's weights to its model's, in four bits: 28 % of the student's size in bfloat16, small enough for the
 * folder of the model. Training a student changes weights by some 5 %. Rounding takes 12 % of that away, less than one percent of the
 * weights, and the student of the model in the box draws as well as before.
 *
 * <p>On disk it is {@code difference.safetensors}: for each weight its numbers, {@code uint8}, and their scales under {@code NAME.scale}.
 * The metadata tell how the student is sampled and which model it is a difference to.
 */
public final class WeightDifference implements StudentWeights {

    /** The name of the file in the student's folder. */
    public static final String FILE = "difference.safetensors";

    private static final String SCALE = ".scale";
    private static final String FORM = "mmgen.difference";
    private static final String FOUR_BITS = "4 bits";

    /**
     * The farthest that a student's weights may be from the model's, as a share of these: training moves them by 0.05, and independent ones
     * are 1.4 away.
     */
    private static final double FARTHEST = 0.5;

    private final StateDict stored;

    private WeightDifference(StateDict stored) {
        this.stored = stored;
    }

    /** Returns true for a folder with a difference in it. */
    public static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(FILE));
    }

    /**
     * Writes the difference of a student to a model.
     *
     * @param folder   made if needed
     * @param model    whose folder the student will lie in
     * @param student  of the same shape
     * @param settings how it is to be sampled
     * @throws IllegalArgumentException if the student is of another shape, or so far from the model that it began with another one
     * @throws WeightFileException if it cannot be written
     */
    static void write(Path folder, DiffusionTransformer model, DiffusionTransformer student, StudentSettings settings) {
        if (!model.config().equals(student.config())) {
            throw new IllegalArgumentException("the student has the shape " + student.config() + ", and the model "
                    + model.config() + "; a student that lies in the folder of its model has its shape");
        }
        Map<String, String> metadata =
                new LinkedHashMap<>(Map.of("format", "pt", FORM, FOUR_BITS, StudentSettings.KEY, settings.toJson()));
        ModelMark.of(model, _ -> true).ifPresent(mark -> metadata.put(ModelMark.KEY, mark));
        try (TensorScope _ = TensorScope.open();
                GradMode _ = Torch.noGrad()) {
            Map<String, Tensor> stored = new LinkedHashMap<>();
            Map<String, Parameter> originals = model.parameters();
            double moved = 0;
            double whole = 0;
            for (Map.Entry<String, Parameter> entry : student.parameters().entrySet()) {
                String key = entry.getKey();
                Tensor original = float32(Objects.requireNonNull(originals.get(key)));
                Tensor change = float32(entry.getValue()).sub(original);
                moved += Math.pow(change.norm().item(), 2);
                whole += Math.pow(original.norm().item(), 2);
                NibbleGroups groups = NibbleGroups.of(change.toFloats());
                stored.put(key, Torch.tensor(groups.nibbles(), groups.nibbles().length));
                stored.put(key + SCALE, Torch.tensor(groups.scales(), groups.scales().length));
            }
            requireNear(Math.sqrt(moved / whole));
            SettingsFile.makeFolder(folder);
            Safetensors.write(folder.resolve(FILE), stored, metadata);
        }
    }

    private static void requireNear(double share) {
        if (!(share <= FARTHEST)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "the student's weights are %.0f %% away from the model's, and training a student moves them by some 5 %%; give the"
                            + " model that it was taught from",
                    100 * share));
        }
    }

    private static Tensor float32(Parameter parameter) {
        return parameter.read().to(Device.CPU, DType.FLOAT32);
    }

    /**
     * Maps the difference in a folder.
     *
     * @param model that it is to lie over; stays as it is
     * @throws WeightFileException if the file is damaged, or the difference to another model
     */
    public static WeightDifference open(Path folder, DiffusionTransformer model) {
        Path path = folder.resolve(FILE);
        try (Safetensors file = Safetensors.open(path)) {
            if (!FOUR_BITS.equals(file.metadata().get(FORM))) {
                throw new WeightFileException(
                        path,
                        "has '" + FORM + "' of " + file.metadata().get(FORM) + "; this version reads '" + FOUR_BITS
                                + "'",
                        null);
            }
            requireNames(path, file.infos(), wanted(model));
            requireModel(path, file.metadata().get(ModelMark.KEY), ModelMark.of(model, _ -> true));
            StateDict stored = file.load();
            try {
                return new WeightDifference(stored.requireFinite(path));
            } catch (RuntimeException e) {
                stored.close();
                throw e;
            }
        }
    }

    /** Returns what the file of a model's student holds, by name. */
    private static Map<String, Form> wanted(DiffusionTransformer model) {
        Map<String, Form> wanted = new LinkedHashMap<>();
        model.parameters().forEach((key, parameter) -> {
            long count = parameter.shape().elements();
            wanted.put(key, new Form(DType.UINT8, NibbleGroups.bytes(count)));
            wanted.put(key + SCALE, new Form(DType.FLOAT32, NibbleGroups.groups(count)));
        });
        return wanted;
    }

    /** A type and a shape. */
    private record Form(DType dtype, Shape shape) {}

    private static void requireNames(Path path, Map<String, TensorInfo> found, Map<String, Form> wanted) {
        wanted.forEach((key, form) -> {
            TensorInfo info = found.get(key);
            if (info == null || !new Form(info.dtype(), info.shape()).equals(form)) {
                throw new WeightFileException(
                        path,
                        key,
                        info == null
                                ? "is missing; this is the student of another model"
                                : "is " + info.dtype().torchName() + " " + info.shape()
                                        + "; a student of this model has "
                                        + form.dtype().torchName() + " " + form.shape(),
                        null);
            }
        });
        for (String key : found.keySet()) {
            if (!wanted.containsKey(key)) {
                throw new WeightFileException(path, key, "belongs to no weight of the model", null);
            }
        }
    }

    private static void requireModel(Path path, @Nullable String mark, Optional<String> model) {
        if (model.isPresent() && !model.get().equals(mark)) {
            throw new WeightFileException(
                    path,
                    "is the student of another model, whose mark is " + mark + ", not " + model.get()
                            + "; put it into the folder of its own, with 'mmgen convert --student'",
                    null);
        }
    }

    @Override
    public DiffusionTransformer over(DiffusionTransformer model) {
        DiffusionTransformer student = new DiffusionTransformer(model.config());
        try (GradMode _ = Torch.noGrad()) {
            Map<String, Parameter> originals = model.parameters();
            student.parameters().forEach((key, parameter) -> {
                try (TensorScope _ = TensorScope.open()) {
                    Tensor before = Objects.requireNonNull(originals.get(key)).read();
                    Tensor value = before.to(Device.CPU, DType.FLOAT32).add(difference(key, parameter.shape()));
                    parameter.set(value.to(before.device(), before.dtype()));
                }
            });
            student.train(false);
            if (model.hasQuantizedMatrices()) {
                student.quantize();
            }
            return student;
        } catch (RuntimeException e) {
            student.close();
            throw e;
        }
    }

    private Tensor difference(String key, Shape shape) {
        NibbleGroups groups = new NibbleGroups(
                stored.get(key).toBytes(), stored.get(key + SCALE).toFloats());
        return Torch.tensor(groups.numbers(Math.toIntExact(shape.elements())), shape.toArray());
    }

    @Override
    public void close() {
        stored.close();
    }
}
