package dev.mmgen.cli.image;

import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.DepthCoding;
import dev.mmgen.modality.Modality;
import dev.mmgen.modality.NormalCoding;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Options of the files of conditions: the unit and direction of depth, the convention of normals. */
@Command(optionListHeading = "%nFiles of conditions:%n")
public final class ConditionFiles {

    /** The unit of the numbers in a depth file. */
    public enum DepthUnit {
        /** Inverse depth up to scale and shift. */
        RELATIVE,
        /** Distances in millimetres. */
        MM,
        /** Distances in metres. */
        M
    }

    @Option(
            names = "--depth-unit",
            paramLabel = "UNIT",
            defaultValue = "relative",
            description = "The numbers of depth files: relative (near is white), or distances in mm or m."
                    + " Brought to the 8 bits of training. Default: relative.")
    private DepthUnit depthUnit = DepthUnit.RELATIVE;

    @Option(names = "--far-is-white", description = "Relative depth is brighter where farther.")
    private boolean farIsWhite;

    @Option(
            names = "--normals",
            paramLabel = "CONVENTION",
            defaultValue = "opengl",
            description = "The direction of y in files of normals: opengl (up) or directx (down). Default: opengl.")
    private NormalCoding normals = NormalCoding.OPENGL;

    /**
     * Reads a condition's file.
     *
     * @throws IllegalArgumentException if the options contradict each other
     */
    RgbImage read(Modality modality, Path file) {
        if (modality.equals(Modality.DEPTH)) {
            return depth().read(file);
        }
        return modality.equals(Modality.NORMAL) ? normals.read(file) : modality.read(file);
    }

    private DepthCoding depth() {
        if (depthUnit == DepthUnit.RELATIVE) {
            return farIsWhite ? DepthCoding.FAR_IS_WHITE : DepthCoding.NEAR_IS_WHITE;
        }
        if (farIsWhite) {
            throw new IllegalArgumentException(
                    "--far-is-white is for relative depth; distances grow with depth anyway, so leave it out");
        }
        return DepthCoding.DISTANCE;
    }
}
