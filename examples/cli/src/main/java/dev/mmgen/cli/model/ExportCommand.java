package dev.mmgen.cli.model;

import dev.mmgen.MmGen;
import dev.mmgen.cli.console.Processes;
import dev.mmgen.io.ClasspathModel;
import dev.mmgen.io.ModelFolder;
import dev.mmgen.onnx.OnnxExport;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mmgen export}: from a model folder to files for other runtimes. */
@Command(
        name = "export",
        description = {
            "Writes a model for other runtimes.",
            "ONNX: transformer.onnx (one pass), encoder.onnx and decoder.onnx, each with its float32 weights beside it in"
                    + " .onnx.data; batch, height and width are free. ONNX Runtime runs them on phones, in browsers and on"
                    + " .NET. The files describe their inputs and outputs; the metadata 'mmgen.config' of each is the model's"
                    + " config.json."
        },
        mixinStandardHelpOptions = true)
public final class ExportCommand implements Runnable {

    @Option(names = "--onnx", required = true, description = "Write ONNX files, operator set 20.")
    private boolean onnx;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "FOLDER",
            description =
                    "A model folder, as 'mmgen convert' writes it. Default: the small model of the world of shapes.")
    private String model = MmGen.SHAPES;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FOLDER",
            required = true,
            description = "The new folder for the files; not there yet.")
    @SuppressWarnings("NullAway.Init")
    private Path out;

    @Override
    public void run() {
        Processes.requireOne();
        try (NewFolder folder = new NewFolder(out)) {
            if (model.startsWith(ClasspathModel.PREFIX)) {
                try (var resources = ClasspathModel.open(model.substring(ClasspathModel.PREFIX.length()))) {
                    export(ModelFolder.open(resources.folder()), folder);
                }
            } else {
                export(ModelFolder.open(Path.of(model)), folder);
            }
            folder.complete();
        }
        System.out.println(out);
    }

    private void export(ModelFolder source, NewFolder folder) {
        folder.fill(partial -> OnnxExport.write(source, partial));
        if (source.guide().isPresent()) {
            System.err.println(
                    "the guide that " + model + " brings is a network of its own and stays out; to export it, too,"
                            + " export the model folder that it came from, or make one of its checkpoint with 'mmgen convert'");
        }
    }
}
