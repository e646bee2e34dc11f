package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Ray;
import dev.mmgen.shapes.solid.Vec3;

/**
 * The renderer of one scene of the second edition. A ray through each pixel's centre gives the truth and, inside a face, the
 * colour; where faces meet, four rays around it do.
 */
final class StudioRenderer {

    /** Places of rays in a pixel of edges, from its centre: no two in a row or column. */
    private static final double[][] AROUND = {{-0.125, -0.375}, {0.375, -0.125}, {0.125, 0.375}, {-0.375, 0.125}};

    /** Above this, light is compressed, so that bright colours do not all end in white. */
    private static final double SHOULDER = 0.7;

    private final Scene scene;
    private final Camera camera;
    private final int width;
    private final int height;
    private final Tracer tracer;
    private final SoftLight light;
    private final StudioShading shading;

    StudioRenderer(Scene scene, int width, int height) {
        this.scene = scene;
        this.camera = scene.camera();
        this.width = width;
        this.height = height;
        this.tracer = new Tracer(scene);
        this.light = new SoftLight(scene);
        this.shading = new StudioShading(scene, tracer);
    }

    Rendering render() {
        Truth truth = new Truth(width, height);
        Surface[] surfaces = new Surface[truth.depth.length];
        for (int pixel = 0; pixel < surfaces.length; pixel++) {
            surfaces[pixel] = tracer.surface(ray(pixel, 0, 0));
            truth.set(pixel, surfaces[pixel], camera);
        }
        LightMap map = new LightMap(surfaces, width, light, scene.lights().size());
        byte[] rgb = new byte[Math.multiplyExact(surfaces.length, 3)];
        for (int pixel = 0; pixel < surfaces.length; pixel++) {
            Vec3 colour = map.atEdge(pixel)
                    ? around(pixel, map)
                    : exposed(seen(surfaces[pixel], ray(pixel, 0, 0), pixel, map));
            rgb[3 * pixel] = Colours.level(colour.x());
            rgb[3 * pixel + 1] = Colours.level(colour.y());
            rgb[3 * pixel + 2] = Colours.level(colour.z());
        }
        return new Rendering(scene, truth, rgb);
    }

    private static Vec3 exposed(Vec3 light) {
        return new Vec3(exposed(light.x()), exposed(light.y()), exposed(light.z()));
    }

    private static double exposed(double light) {
        double over = (light - SHOULDER) / (1 - SHOULDER);
        return over <= 0 ? light : SHOULDER + (1 - SHOULDER) * over / (1 + over);
    }

    private Ray ray(int pixel, double right, double down) {
        double x = pixel % width + 0.5 + right;
        double y = pixel / width + 0.5 + down;
        return camera.ray((2 * x - width) / height, (height - 2 * y) / height);
    }

    private Vec3 around(int pixel, LightMap map) {
        Vec3 sum = Vec3.ZERO;
        for (int i = 0; i < AROUND.length; i++) {
            Ray ray = ray(pixel, AROUND[i][0], AROUND[i][1]);
            Surface surface = tracer.surface(ray);
            int alike = map.alike(surface, pixel);
            sum = sum.plus(exposed(alike >= 0 ? seen(surface, ray, alike, map) : alone(surface, ray, map, i)));
        }
        return sum.times(1.0 / AROUND.length);
    }

    /** Returns the light from a surface whose lamps and sky are those of a pixel. */
    private Vec3 seen(Surface surface, Ray ray, int pixel, LightMap map) {
        return shading.seen(surface, ray, map.lit(pixel), map.open(pixel), footprint(surface, ray));
    }

    /** Returns the light from a surface that no pixel's centre shows. */
    private Vec3 alone(Surface surface, Ray ray, LightMap map, int phase) {
        double[] lamps = new double[scene.lights().size()];
        for (int i = 0; i < lamps.length; i++) {
            lamps[i] = light.lit(surface, i, phase);
        }
        return shading.seen(surface, ray, lamps, map.alone(surface), footprint(surface, ray));
    }

    private Footprint footprint(Surface surface, Ray ray) {
        double step = 2 * camera.halfView() / height;
        Vec3 right = camera.right().times(step);
        return Footprint.of(
                ray, surface.distance(), surface.normal(), right, camera.up().times(-step));
    }
}
