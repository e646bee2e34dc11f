package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Vec3;

/** The exact depth, normal and instance at every pixel's centre, row by row. */
final class Truth {

    final int width;
    final int height;
    final float[] depth;
    final float[] normals;
    final int[] instances;

    Truth(int width, int height) {
        this.width = width;
        this.height = height;
        int pixels = Math.multiplyExact(width, height);
        depth = new float[pixels];
        normals = new float[Math.multiplyExact(pixels, 3)];
        instances = new int[pixels];
    }

    void set(int pixel, Surface surface, Camera camera) {
        Vec3 normal = camera.toCamera(surface.normal());
        depth[pixel] = (float)
                -camera.toCamera(surface.point().minus(camera.position())).z();
        normals[3 * pixel] = (float) normal.x();
        normals[3 * pixel + 1] = (float) normal.y();
        normals[3 * pixel + 2] = (float) normal.z();
        instances[pixel] = surface.instance();
    }
}
