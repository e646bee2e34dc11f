package dev.mmgen.io;

import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.torch.DType;
import dev.mmgen.torch.Tensor;
import dev.mmgen.torch.TensorScope;
import dev.mmgen.torch.io.FileReason;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The folder of a student within that of its model: an adapter, or a difference of weights. */
record StudentFolder(Path path) {

    /**
     * Returns sampler, steps and guidance of the student.
     *
     * @param model the settings of the model that it lies over
     * @throws ModelFolderException if there is none that draws in a few steps of that model
     */
    SamplingDefaults drawing(ModelConfig model) {
        if (WeightDifference.isIn(path) && Files.exists(path.resolve(StudentSettings.WEIGHTS))) {
            throw new ModelFolderException(
                    path,
                    "holds two students, " + WeightDifference.FILE + " and " + StudentSettings.WEIGHTS
                            + "; remove one of them");
        }
        StudentSettings student = StudentSettings.read(path)
                .filter(settings -> settings.distilled().contains(Distilled.FEW_STEPS))
                .orElseThrow(() -> new ModelFolderException(
                        path,
                        "holds no student that draws in a few steps; put there one of 'mmgen distill few-steps', with 'mmgen convert"
                                + " --student', or remove the folder"));
        try {
            return student.over(model).sampling();
        } catch (IllegalArgumentException e) {
            throw new ModelFolderException(path, String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Copies a student's adapter or difference, or makes a difference of a whole student.
     *
     * @param model opens the model that it is to lie over
     * @param dtype to store an adapter in, null for the one it has
     */
    void fill(Path student, Supplier<DiffusionTransformer> model, @Nullable DType dtype) {
        if (student.toAbsolutePath().normalize().equals(path.toAbsolutePath().normalize())) {
            throw new IllegalArgumentException(student + " is the student of that model already");
        }
        if (WeightDifference.isIn(student)) {
            copy(student, WeightDifference.FILE);
            remove(StudentSettings.WEIGHTS, StudentSettings.SETTINGS);
        } else if (Files.exists(student.resolve(SettingsFile.NAME))) {
            ModelFolder whole = ModelFolder.open(student);
            if (!whole.config().distilled().contains(Distilled.FEW_STEPS)) {
                throw new IllegalArgumentException(
                        student
                                + " holds a model that did not learn to draw in few steps; 'mmgen distill few-steps' teaches a copy of it");
            }
            try (DiffusionTransformer own = model.get();
                    DiffusionTransformer taught = whole.transformer()) {
                WeightDifference.write(path, own, taught, StudentSettings.of(whole.config()));
            }
            remove(StudentSettings.WEIGHTS, StudentSettings.SETTINGS);
        } else if (Files.exists(student.resolve(StudentSettings.WEIGHTS))) {
            copyAdapter(student, dtype);
            remove(WeightDifference.FILE);
        } else {
            throw new ModelFolderException(
                    student,
                    "holds no student: neither an adapter (" + StudentSettings.WEIGHTS + ") nor a whole one ("
                            + SettingsFile.NAME + ") nor its difference (" + WeightDifference.FILE + ")");
        }
    }

    /** Removes a student of before that was of the other kind: of two, one would draw, and nobody could tell which. */
    private void remove(String... files) {
        for (String file : files) {
            try {
                Files.deleteIfExists(path.resolve(file));
            } catch (IOException e) {
                throw new ModelFolderException(path.resolve(file), "cannot be replaced: " + FileReason.writing(e), e);
            }
        }
    }

    private void copyAdapter(Path adapter, @Nullable DType dtype) {
        try (TensorScope _ = TensorScope.open();
                Safetensors weights = Safetensors.open(adapter.resolve(StudentSettings.WEIGHTS));
                StateDict state = weights.load()) {
            Map<String, Tensor> stored = new LinkedHashMap<>();
            state.asMap().forEach((key, value) -> stored.put(key, dtype == null ? value : value.to(dtype)));
            SettingsFile.makeFolder(path);
            Safetensors.write(path.resolve(StudentSettings.WEIGHTS), stored, weights.metadata());
        }
        copy(adapter, StudentSettings.SETTINGS);
    }

    private void copy(Path from, String name) {
        Path file = from.resolve(name);
        SettingsFile.makeFolder(path);
        try {
            Files.copy(file, path.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new ModelFolderException(file, "cannot be copied to " + path + ": " + FileReason.reading(e), e);
        }
    }
}
