package dev.mmgen.fuzz;

import dev.mmgen.codec.AutoencoderConfig;
import dev.mmgen.codec.AutoencoderKl;
import dev.mmgen.codec.LatentNormalization;
import dev.mmgen.fuzz.FileTarget.Form;
import dev.mmgen.io.AutoencoderFolder;
import dev.mmgen.io.Distilled;
import dev.mmgen.io.LatentNormalizationFile;
import dev.mmgen.io.ModelConfig;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.io.ModelFolderException;
import dev.mmgen.io.OfficialCheckpoint;
import dev.mmgen.io.StudentSettings;
import dev.mmgen.io.WeightDifference;
import dev.mmgen.lora.Lora;
import dev.mmgen.lora.LoraConfig;
import dev.mmgen.model.DiffusionTransformer;
import dev.mmgen.model.TransformerConfig;
import dev.mmgen.shapes.ShapesWorld;
import dev.mmgen.shapes.evaluation.ShapesJudge;
import dev.mmgen.torch.Generator;
import dev.mmgen.torch.weights.PickleCheckpoint;
import dev.mmgen.torch.weights.PythonValue;
import dev.mmgen.torch.weights.Safetensors;
import dev.mmgen.torch.weights.StateDict;
import dev.mmgen.torch.weights.WeightFileException;
import dev.mmgen.train.TrainingException;
import dev.mmgen.train.TrainingPlan;
import dev.mmgen.train.autoencoder.AutoencoderPlan;
import dev.mmgen.train.checkpoint.CheckpointException;
import dev.mmgen.train.checkpoint.TrainingState;
import dev.mmgen.train.feature.DinoConfig;
import dev.mmgen.train.feature.DinoV2;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The readers of models, adapters, checkpoints and plans: folders of JSON and weights. */
final class ModelTargets {

    private static final String OLD = "mmgen-train/src/test/resources/old";

    private static final TransformerConfig TRANSFORMER = TransformerConfig.small(4, 2, 3).toBuilder()
            .width(16)
            .depth(1)
            .heads(2)
            .projectionDepth(1)
            .build();

    private static final AutoencoderConfig AUTOENCODER = AutoencoderConfig.stableDiffusion().toBuilder()
            .blockOutChannels(4, 4)
            .layersPerBlock(1)
            .normNumGroups(2)
            .sampleSize(8)
            .build();

    private static final String[] JSON = {
        "{", "}", "[", "]", ":", ",", "null", "true", "-1", "1e999", "\"\"", "NaN", "[[[[[[[[", "{\"a\":"
    };

    private ModelTargets() {}

    private static DiffusionTransformer transformer() {
        DiffusionTransformer transformer = new DiffusionTransformer(TRANSFORMER);
        try (Generator generator = Generator.seeded(1)) {
            transformer.initialize(generator);
        }
        return transformer;
    }

    private static void writeModel(Path folder) {
        try (DiffusionTransformer transformer = transformer();
                StateDict state = transformer.state()) {
            ModelConfig config = ModelConfig.builder(TRANSFORMER)
                    .modalityNames(List.of("rgb", "depth"))
                    .categories(List.of("a", "b", "c"))
                    .build();
            ModelFolder.write(folder, config, state);
        }
    }

    static Target modelFolder() {
        List<byte[]> seeds = List.of(Seeds.written("config.json", file -> {
            writeModel(file.getParent());
            Files.delete(file.resolveSibling("model.safetensors"));
        }));
        return new FileTarget(Form.of(
                        "config.json",
                        seeds,
                        ModelFolderException.class,
                        file -> ModelFolder.open(file.getParent()).transformer().close())
                .faults(List.of(ModelFolderException.class, WeightFileException.class))
                .surroundings(ModelTargets::writeModel)
                .words(
                        "\"euler\"",
                        "\"linear\"",
                        "\"cosine\"",
                        "\"factor\":",
                        "\"means\":",
                        "\"SHARED\"",
                        "{",
                        "[",
                        "null"));
    }

    static Target autoencoder() {
        List<byte[]> seeds = List.of(Seeds.written("config.json", file -> {
            writeAutoencoder(file.getParent());
            Files.delete(file.resolveSibling("diffusion_pytorch_model.safetensors"));
        }));
        return new FileTarget(Form.of(
                        "config.json",
                        seeds,
                        ModelFolderException.class,
                        file -> AutoencoderFolder.open(file.getParent()).close())
                .faults(List.of(ModelFolderException.class, WeightFileException.class))
                .surroundings(ModelTargets::writeAutoencoder)
                .words(JSON));
    }

    private static void writeAutoencoder(Path folder) {
        try (AutoencoderKl autoencoder = new AutoencoderKl(AUTOENCODER);
                Generator generator = Generator.seeded(1)) {
            autoencoder.initialize(generator);
            AutoencoderFolder.write(autoencoder, folder);
        }
    }

    static Target latents() {
        List<byte[]> seeds = List.of(
                Seeds.written(
                        "l.json", file -> LatentNormalizationFile.write(file, LatentNormalization.STABLE_DIFFUSION)),
                "{\"means\": [[0.1, 0.2]], \"deviations\": [[1.0, 2.5]]}".getBytes(StandardCharsets.UTF_8));
        return new FileTarget(Form.of("latents.json", seeds, ModelFolderException.class, LatentNormalizationFile::read)
                .words(JSON));
    }

    static Target officialCheckpoint() {
        byte[] seed = Seeds.written("demo.pt", ModelTargets::writeOfficial);
        return new FileTarget(Form.of("demo.pt", List.of(seed), WeightFileException.class, file -> {
                    try (OfficialCheckpoint checkpoint = OfficialCheckpoint.open(file)) {
                        checkpoint.config();
                        checkpoint.transformer().close();
                    }
                })
                .faults(List.of(WeightFileException.class, ModelFolderException.class))
                .words("hidden_size", "depth", "num_heads", "resolution", "M\u0080\u0000", "K\u0002", "\u0088", "N")
                .finish((file, _) -> ZipRepair.repaired(file)));
    }

    private static void writeOfficial(Path file) {
        try (DiffusionTransformer transformer = transformer();
                StateDict weights = transformer.state()) {
            Map<String, Object> arguments = new LinkedHashMap<>();
            arguments.put("model", "SiT-S/2");
            arguments.put("hidden_size", TRANSFORMER.width());
            arguments.put("depth", TRANSFORMER.depth());
            arguments.put("num_heads", TRANSFORMER.heads());
            arguments.put("resolution", 32);
            arguments.put("num_classes", TRANSFORMER.classes());
            arguments.put("num_tasks", TRANSFORMER.modalities());
            arguments.put("encoder_depth", TRANSFORMER.projectionDepth());
            arguments.put("is_mmcat_diff", true);
            arguments.put("use_decouple_task", true);
            arguments.put("use_taskcond_emb", true);
            PickleCheckpoint.write(
                    file, Map.of("ema", weights.asMap(), "args", new PythonValue.Namespace(arguments), "steps", 0));
        }
    }

    static Target plan() {
        List<byte[]> seeds = Seeds.all(
                List.of(TrainingPlan.released().toJson().getBytes(StandardCharsets.UTF_8)),
                Seeds.files(OLD, "plan.json"));
        return new FileTarget(Form.of("plan.json", seeds, TrainingException.class, TrainingPlan::read)
                .words(
                        "\"type\":",
                        "\"mixed-conditions\"",
                        "\"plain\"",
                        "\"loss\":",
                        "\"lora\":",
                        "\"rank\":",
                        "{",
                        "null"));
    }

    static Target autoencoderPlan() {
        List<byte[]> seeds = List.of(AutoencoderPlan.small().toJson().getBytes(StandardCharsets.UTF_8));
        return new FileTarget(Form.of("plan.json", seeds, TrainingException.class, AutoencoderPlan::read)
                .words(JSON));
    }

    static Target trainingState() {
        return new FileTarget(Form.of(
                        "training.json",
                        Seeds.files(OLD + "/0000003", "training.json"),
                        CheckpointException.class,
                        file -> TrainingState.read(file.getParent(), List.of()).close())
                .surroundings(folder -> DataTargets.copy(OLD + "/0000003", folder))
                .words(JSON));
    }

    /** A checkpoint that a training would go on from. */
    static Target trainingCheckpoint() {
        return new FileTarget(Form.of("0000003.pt", Seeds.files(OLD, "0000003.pt"), CheckpointException.class, file -> {
                    try (PickleCheckpoint checkpoint = PickleCheckpoint.open(file)) {
                        List<String> parameters =
                                List.copyOf(checkpoint.infos("model").keySet());
                        TrainingState.read(file, parameters).close();
                    }
                })
                .faults(List.of(CheckpointException.class, WeightFileException.class))
                .words("epoch", "batch", "samples", "batch_size", "loss_scale", "M\u0080\u0000", "K\u0002", "N")
                .finish((file, _) -> ZipRepair.repaired(file)));
    }

    static Target adapterSettings() {
        DiffusionTransformer model = transformer();
        List<byte[]> seeds = Seeds.all(
                List.of(Seeds.written("adapter_config.json", file -> {
                    writeAdapter(model, file.getParent());
                    Files.delete(file.resolveSibling("adapter_model.safetensors"));
                })),
                Seeds.files("mmgen-core/src/test/resources/cases/pissa", "adapter_config.json"));
        return adapter(
                model,
                "adapter_config.json",
                Form.of("adapter_config.json", seeds, WeightFileException.class, _ -> {})
                        .words(
                                "\"r\":",
                                "\"lora_alpha\":",
                                "\"rank_pattern\":",
                                "\"use_dora\":",
                                "\"LORA\"",
                                "{",
                                "[",
                                "null"));
    }

    static Target adapterWeights() {
        DiffusionTransformer model = transformer();
        byte[] whole = Seeds.written("adapter_model.safetensors", file -> {
            writeAdapter(model, file.getParent());
            Files.delete(file.resolveSibling("adapter_config.json"));
        });
        int dataStart = Long.BYTES + SafetensorsFiles.headerLength(whole);
        return adapter(
                model,
                "adapter_model.safetensors",
                Form.of(
                                "adapter_model.safetensors",
                                List.of(SafetensorsFiles.header(whole)),
                                WeightFileException.class,
                                _ -> {})
                        .words("\"dtype\":\"F16\"", "\"shape\":[", "blocks.0", "lora_A", "{", "[", "null")
                        .finish((header, _) -> SafetensorsFiles.withHeader(header, whole, dataStart)));
    }

    private static Target adapter(DiffusionTransformer model, String name, Form form) {
        return new FileTarget(new Form(
                name,
                form.seeds(),
                form.words(),
                folder -> writeAdapter(model, folder),
                form.finish(),
                form.declared(),
                form.faults(),
                file -> Lora.load(model, file.getParent()).detach()));
    }

    private static void writeAdapter(DiffusionTransformer model, Path folder) {
        try (Generator generator = Generator.seeded(2)) {
            Lora lora = Lora.attach(model, LoraConfig.DEFAULT.withRank(2), generator);
            lora.save(folder);
            lora.detach();
        }
    }

    /** A student that is kept as the difference to its model, laid over it. */
    static Target student() {
        DiffusionTransformer model = transformer();
        return headers(
                WeightDifference.FILE, Seeds.written(WeightDifference.FILE, ModelTargets::writeStudent), file -> {
                    StudentSettings.read(file.getParent());
                    try (WeightDifference difference = WeightDifference.open(file.getParent(), model)) {
                        difference.over(model).close();
                    }
                });
    }

    private static void writeStudent(Path file) throws IOException {
        Path folder = file.getParent();
        writeModel(folder);
        ModelFolder taught = ModelFolder.open(folder);
        try (DiffusionTransformer transformer = taught.transformer();
                StateDict state = transformer.state()) {
            ModelConfig config = taught.config().toBuilder()
                    .distilled(List.of(Distilled.FEW_STEPS))
                    .build();
            ModelFolder.write(folder, config, state);
        }
        ModelFolder.copyStudent(folder, folder, null);
        Path student = folder.resolve(ModelFolder.STUDENT);
        Files.move(student.resolve(WeightDifference.FILE), file);
        for (Path made : List.of(student, folder.resolve("config.json"), folder.resolve("model.safetensors"))) {
            Files.delete(made);
        }
    }

    static Target judge() {
        return headers(
                "judge.safetensors",
                Seeds.written("j.safetensors", file -> {
                    try (ShapesJudge judge = ShapesJudge.random(ShapesWorld.FIRST, 1)) {
                        judge.write(file);
                    }
                }),
                file -> ShapesJudge.open(file).close());
    }

    static Target features() {
        return headers(
                "dino.safetensors",
                Seeds.written("d.safetensors", file -> {
                    try (DinoV2 dino = new DinoV2(DinoConfig.published(64, 1, 1).withTrainedGrid(2));
                            Generator generator = Generator.seeded(1)) {
                        dino.initialize(generator);
                        try (StateDict state = dino.state()) {
                            Safetensors.write(file, state, Map.of());
                        }
                    }
                }),
                file -> DinoV2.open(file).close());
    }

    private static Target headers(String name, byte[] whole, FileTarget.Reader reader) {
        int dataStart = Long.BYTES + SafetensorsFiles.headerLength(whole);
        return new FileTarget(Form.of(name, List.of(SafetensorsFiles.header(whole)), WeightFileException.class, reader)
                .words("\"dtype\":\"F16\"", "\"shape\":[", "norm", ".weight", "blocks.1", "{", "[", "null")
                .finish((header, _) -> SafetensorsFiles.withHeader(header, whole, dataStart)));
    }
}
