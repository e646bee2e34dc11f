package dev.mmgen.fuzz;

import java.util.Locale;
import java.util.function.Supplier;

/** All targets. The name in small letters is that of the target's folder in the corpus. */
enum Targets {
    PT(WeightTargets::archive),
    PICKLE(WeightTargets::pickle),
    LEGACY_PT(WeightTargets::legacy),
    SAFETENSORS(WeightTargets::safetensors),
    SAFETENSORS_HEADER(WeightTargets::safetensorsHeader),
    SHARDS(WeightTargets::shards),
    PNG(ImageTargets::png),
    JPEG(ImageTargets::jpeg),
    WEBP(ImageTargets::webp),
    BMP(ImageTargets::bmp),
    GIF(ImageTargets::gif),
    PNG_TEXT(ImageTargets::pngText),
    TIFF(ImageTargets::tiff),
    NPY(DataTargets::npy),
    NPZ(DataTargets::npz),
    HDF5(DataTargets::hdf5),
    JOURNAL(DataTargets::journal),
    INDEX(DataTargets::index),
    METRICS(DataTargets::metrics),
    MODEL_FOLDER(ModelTargets::modelFolder),
    AUTOENCODER_FOLDER(ModelTargets::autoencoder),
    LATENTS(ModelTargets::latents),
    OFFICIAL_CHECKPOINT(ModelTargets::officialCheckpoint),
    PLAN(ModelTargets::plan),
    AUTOENCODER_PLAN(ModelTargets::autoencoderPlan),
    TRAINING_STATE(ModelTargets::trainingState),
    TRAINING_CHECKPOINT(ModelTargets::trainingCheckpoint),
    ADAPTER_SETTINGS(ModelTargets::adapterSettings),
    ADAPTER_WEIGHTS(ModelTargets::adapterWeights),
    STUDENT(ModelTargets::student),
    JUDGE(ModelTargets::judge),
    FEATURES(ModelTargets::features),
    COMMAND_LINE(CommandLineTarget::open),
    TENSOR_CALLS(TensorCalls::new),
    GROUP_CALLS(GroupCalls::new);

    private final Supplier<Target> maker;

    Targets(Supplier<Target> maker) {
        this.maker = maker;
    }

    Target open() {
        return maker.get();
    }

    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }
}
