package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Ray;
import dev.mmgen.shapes.solid.Vec3;
import java.util.Arrays;

/**
 * The colours of a studio's surfaces: light of the lamps, light from all around and back from the ground, and on glossy
 * surfaces the mirror images of lamps and walls.
 */
final class StudioShading {

    /** The share that lacquer mirrors when seen from straight ahead. */
    private static final double MIRRORED = 0.05;

    /** The share of the light that ground and wall send back. */
    private static final double RETURNED = 0.6;

    /** Lamps in mirrors are this bright at most; brighter would be white as well. */
    private static final double BRIGHTEST = 14;

    private final Scene scene;
    private final Tracer tracer;
    private final Vec3 ambient;
    private final Vec3 ground;

    StudioShading(Scene scene, Tracer tracer) {
        this.scene = scene;
        this.tracer = tracer;
        Vec3 sum = Vec3.ZERO;
        for (Scene.Light light : scene.lights()) {
            sum = sum.plus(light.ambient());
        }
        this.ambient = sum;
        Material material = scene.ground().material();
        this.ground = material.texture() == Texture.PLAIN
                ? material.first()
                : material.first().mix(material.second(), 0.5);
    }

    /**
     * Returns the light that a surface sends along a ray back to its origin.
     *
     * @param lit   share of each lamp that reaches the surface
     * @param open  share of the light from all around
     * @param pixel what the ray stands for
     */
    Vec3 seen(Surface surface, Ray ray, double[] lit, double open, Footprint pixel) {
        Vec3 colour = colour(surface, pixel);
        Vec3 seen = colour.times(light(surface, lit, open * corner(surface), colour));
        double gloss = gloss(surface);
        return gloss == 0 ? seen : seen.plus(mirrored(surface, ray, lit, gloss));
    }

    private Vec3 colour(Surface surface, Footprint pixel) {
        return switch (surface.instance()) {
            case Rendering.GROUND -> scene.ground().colour(surface.point(), pixel);
            case Rendering.BACKDROP -> scene.backdrop().colour(surface.point());
            default -> surface.ownColour(pixel);
        };
    }

    private double gloss(Surface surface) {
        return surface.instance() == Rendering.GROUND
                ? scene.ground().material().gloss()
                : surface.gloss();
    }

    private Vec3 light(Surface surface, double[] lit, double open, Vec3 colour) {
        double up = 0.5 + 0.5 * surface.normal().y();
        // Close to the ground it is dark below an object.
        double room = surface.object() == null
                ? 1
                : 0.4 + 0.6 * Math.clamp(surface.point().y() / 0.7, 0.0, 1.0);
        Vec3 around = ambient.times(up).plus((1 - up) * room * RETURNED, ambient.times(ground));
        // What hides the sky sends light of its own, and the brighter the more often light goes to and fro.
        Vec3 sum = around.times(open).plus(0.4 * (1 - open) * RETURNED, around.times(colour));
        for (int i = 0; i < lit.length; i++) {
            Scene.Light lamp = scene.lights().get(i);
            double facing = surface.normal().dot(lamp.direction());
            if (facing > 0 && lit[i] > 0) {
                sum = sum.plus(facing * lit[i], lamp.colour());
            }
        }
        return sum;
    }

    /** Returns the share of the sky that is left where ground and wall meet in an edge. */
    private double corner(Surface surface) {
        if (surface.object() != null || scene.backdrop().curve() > 0) {
            return 1;
        }
        double away = surface.instance() == Rendering.GROUND
                ? surface.point().dot(scene.backdrop().normal())
                        + scene.backdrop().distance()
                : surface.point().y();
        return 1 - 0.3 * (1 - away / Math.sqrt(away * away + 1.5));
    }

    private Vec3 mirrored(Surface surface, Ray ray, double[] lit, double gloss) {
        double facing = Math.clamp(-ray.direction().dot(surface.normal()), 0.0, 1.0);
        Vec3 way = ray.direction().plus(2 * facing, surface.normal());
        double rest = 1 - facing;
        double square = rest * rest;
        double share = gloss * (MIRRORED + (1 - MIRRORED) * square * square * rest);
        if (surface.object() == null) {
            return floorImage(surface, way, share);
        }
        Vec3 image = way.y() > 0
                ? scene.backdrop()
                        .colour(surface.point().plus(3, way))
                        .times(ambient)
                        .times(1 + 0.5 * way.y())
                : ground.times(ambient).times(1 + 0.5 * way.y());
        Vec3 seen = image.times(share);
        for (int i = 0; i < lit.length; i++) {
            double part = lit[i] * inLamp(scene.lights().get(i), way, gloss);
            if (part > 0) {
                seen = seen.plus(
                        share * part * brightness(scene.lights().get(i)),
                        scene.lights().get(i).colour());
            }
        }
        return seen;
    }

    /** A polished floor shows objects upside down. */
    private Vec3 floorImage(Surface surface, Vec3 way, double share) {
        Ray ray = new Ray(surface.point().plus(1e-3, surface.normal()), way);
        Surface image = tracer.surface(ray);
        if (image.object() == null) {
            return scene.backdrop().colour(image.point()).times(ambient).times(share);
        }
        double[] all = new double[scene.lights().size()];
        Arrays.fill(all, 1);
        Vec3 colour = colour(image, Footprint.NONE);
        return colour.times(light(image, all, 1, colour)).times(share);
    }

    /** A lamp of the same light is the brighter the smaller it is. */
    private static double brightness(Scene.Light lamp) {
        double area = 4 * lamp.across().length() * lamp.along().length();
        return Math.min(BRIGHTEST, 2.2 / area);
    }

    /** Returns 1 where a mirror shows the lamp, 0 outside, less sharply on less glossy surfaces. */
    private static double inLamp(Scene.Light lamp, Vec3 way, double gloss) {
        double ahead = way.dot(lamp.direction());
        if (ahead <= 0.2) {
            return 0;
        }
        double blur = 0.05 + 0.35 * (1 - gloss);
        return within(way.dot(lamp.across()) / ahead, lamp.across(), blur)
                * within(way.dot(lamp.along()) / ahead, lamp.along(), blur);
    }

    private static double within(double place, Vec3 edge, double blur) {
        double half = edge.length();
        double beyond = (Math.abs(place) / half - half) / blur;
        double ramp = Math.clamp(0.5 - 0.5 * beyond, 0.0, 1.0);
        return ramp * ramp * (3 - 2 * ramp);
    }
}
