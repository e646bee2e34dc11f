package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Ray;
import dev.mmgen.shapes.solid.Vec3;

/**
 * The renderer of one scene of the first edition, which follows one ray through each pixel's centre for the truth, and four around it for the colour.
 */
final class RayCaster {

    private static final double CLEARANCE = 1e-3;
    private static final int SAMPLES = 2;

    private final Scene scene;
    private final Camera camera;
    private final Scene.Light light;
    private final Tracer tracer;

    RayCaster(Scene scene) {
        this.scene = scene;
        this.camera = scene.camera();
        this.light = scene.lights().getFirst();
        this.tracer = new Tracer(scene);
    }

    Rendering render(int width, int height) {
        Truth truth = new Truth(width, height);
        byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(width, height), 3)];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int pixel = y * width + x;
                Surface centre = tracer.surface(ray(x + 0.5, y + 0.5, width, height));
                truth.set(pixel, centre, camera);
                Vec3 light = light(x, y, width, height);
                rgb[3 * pixel] = Colours.level(light.x());
                rgb[3 * pixel + 1] = Colours.level(light.y());
                rgb[3 * pixel + 2] = Colours.level(light.z());
            }
        }
        return new Rendering(scene, truth, rgb);
    }

    private Ray ray(double x, double y, int width, int height) {
        return camera.ray((2 * x - width) / height, (height - 2 * y) / height);
    }

    /** Returns the mean over a pixel. Each sample has a quarter of the lamp, so shadows have soft edges. */
    private Vec3 light(int x, int y, int width, int height) {
        Vec3 sum = Vec3.ZERO;
        for (int i = 0; i < SAMPLES * SAMPLES; i++) {
            double right = 0.5 * (i % SAMPLES) - 0.25;
            double down = 0.5 * (i / SAMPLES) - 0.25;
            Ray ray = ray(x + 0.5 + right, y + 0.5 + down, width, height);
            // Lamp and pixel quarters turned against each other, so that stairs do not add up.
            Vec3 lamp = light.direction()
                    .plus(4 * down, light.across())
                    .plus(-4 * right, light.along())
                    .unit();
            sum = sum.plus(shade(tracer.surface(ray), ray, lamp));
        }
        return sum.times(1.0 / (SAMPLES * SAMPLES));
    }

    private Vec3 shade(Surface surface, Ray ray, Vec3 lamp) {
        Vec3 colour = colour(surface);
        double open = openness(surface);
        // A surface that looks down is lit by the ground, which is darker than the sky.
        double sky = open * (0.7 + 0.3 * surface.normal().y());
        Vec3 seen = colour.times(light.ambient()).times(sky);
        double facing = surface.normal().dot(lamp);
        if (facing <= 0 || shadowed(surface, lamp)) {
            return seen;
        }
        seen = seen.plus(facing, colour.times(light.colour()));
        double gloss = surface.gloss();
        if (gloss > 0) {
            double mirror =
                    Math.max(0, surface.normal().dot(lamp.minus(ray.direction()).unit()));
            double power = mirror * mirror;
            for (int doubling = 0; doubling < 4; doubling++) {
                power *= power;
            }
            seen = seen.plus(gloss * power, light.colour());
        }
        return seen;
    }

    private Vec3 colour(Surface surface) {
        return switch (surface.instance()) {
            case Rendering.GROUND -> scene.ground().colour(surface.point());
            case Rendering.BACKDROP -> scene.backdrop().colour(surface.point());
            default -> surface.ownColour();
        };
    }

    private boolean shadowed(Surface surface, Vec3 lamp) {
        Ray ray = new Ray(surface.point().plus(CLEARANCE, surface.normal()), lamp);
        for (SceneObject object : scene.objects()) {
            if (object.hit(ray) != null) {
                return true;
            }
        }
        return false;
    }

    /** Returns the share of the ambient light that other objects, taken as balls, let through. */
    private double openness(Surface surface) {
        double open = 1;
        for (SceneObject object : scene.objects()) {
            if (object != surface.object()) {
                Vec3 way = object.position().minus(surface.point());
                double square = way.dot(way);
                double radius = 0.8 * object.form().radius();
                double facing = Math.max(0, surface.normal().dot(way) / Math.sqrt(square));
                open *= 1 - 0.75 * facing * Math.min(1, radius * radius / square);
            }
        }
        return open;
    }
}
