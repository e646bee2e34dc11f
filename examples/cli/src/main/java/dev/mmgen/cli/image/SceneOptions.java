package dev.mmgen.cli.image;

import dev.mmgen.geometry.DepthUnprojection;
import dev.mmgen.geometry.Foreground;
import dev.mmgen.geometry.Reconstruction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Options of a reconstruction: the camera, the range of depth, the foreground. */
@Command(optionListHeading = "%nReconstruction:%n")
final class SceneOptions {

    @Option(
            names = "--fov",
            paramLabel = "DEGREES",
            description = "The photo's angle of view from top to bottom. Default: found from depth and normals.")
    private @Nullable Double fieldOfView;

    @Option(
            names = "--range",
            paramLabel = "DEPTH",
            arity = "2",
            description =
                    "The depths of the nearest and the farthest pixel, with --fov. Default: found, with the nearest at 1.")
    private double @Nullable [] range;

    @Option(
            names = "--background",
            paramLabel = "N",
            defaultValue = "2",
            description =
                    "The number of segments to leave out, those that hold most of the picture's border. Default: 2.")
    private int background = 2;

    @Option(
            names = "--foreground",
            paramLabel = "RRGGBB",
            split = ",",
            converter = Colour.class,
            description = "Keep the segments of these colours, instead of --background.")
    private List<Integer> foreground = new ArrayList<>();

    @Option(
            names = "--steepest",
            paramLabel = "SLOPE",
            description = "Tear surfaces that are steeper than this. Default: 4, a surface seen at 14 degrees.")
    private @Nullable Double steepest;

    /** The converter of a colour of six hexadecimal digits. */
    private static final class Colour implements ITypeConverter<Integer> {

        @Override
        public Integer convert(String value) {
            String digits = value.startsWith("#") ? value.substring(1) : value;
            if (!digits.matches("[0-9a-fA-F]{6}")) {
                throw new TypeConversionException("'" + value + "' is not a colour RRGGBB, such as ff8000");
            }
            return Integer.parseInt(digits, 16);
        }
    }

    Reconstruction apply(Reconstruction scene) {
        if (fieldOfView != null && range != null) {
            scene.fieldOfView(fieldOfView, new DepthUnprojection(range[0], range[1]));
        } else if (fieldOfView != null) {
            scene.fieldOfView(fieldOfView);
        } else if (range != null) {
            throw new IllegalArgumentException("--range needs the camera too; add --fov");
        }
        if (steepest != null) {
            scene.steepest(steepest);
        }
        return scene.foreground(
                foreground.isEmpty() ? new Foreground.Inner(background) : new Foreground.Coloured(foreground));
    }
}
