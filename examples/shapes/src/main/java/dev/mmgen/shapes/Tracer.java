package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Hit;
import dev.mmgen.shapes.solid.Ray;
import dev.mmgen.shapes.solid.Vec3;
import org.jspecify.annotations.Nullable;

/** The search for what a ray of a scene meets first. */
final class Tracer {

    private static final double FARTHEST = 1e4;
    private static final Vec3 UP = new Vec3(0, 1, 0);

    private final Scene scene;
    private final SceneObject[] objects;

    Tracer(Scene scene) {
        this.scene = scene;
        this.objects = scene.objects().toArray(SceneObject[]::new);
    }

    /**
     * Returns the first surface on a ray. Every ray of a camera ends at the wall at the latest, since the wall faces it.
     */
    Surface surface(Ray ray) {
        Scene.Backdrop wall = scene.backdrop();
        double approach = -ray.direction().dot(wall.normal());
        double distance = approach <= 0 ? FARTHEST : (ray.origin().dot(wall.normal()) + wall.distance()) / approach;
        Surface ground = null;
        if (ray.direction().y() < 0) {
            double below = -ray.origin().y() / ray.direction().y();
            if (below < distance) {
                distance = below;
                ground = new Surface(below, ray.at(below), UP, Rendering.GROUND, null, null);
            }
        }
        Surface curve = wall.curve() == 0 ? null : curve(ray, distance);
        distance = curve == null ? distance : curve.distance();
        SceneObject nearest = null;
        Hit nearestHit = null;
        int instance = 0;
        for (int i = 0; i < objects.length; i++) {
            SceneObject object = objects[i];
            Hit hit = object.hit(ray);
            if (hit != null && hit.distance() < distance) {
                distance = hit.distance();
                nearest = object;
                nearestHit = hit;
                instance = Rendering.FIRST_OBJECT + i;
            }
        }
        if (nearest != null && nearestHit != null) {
            Vec3 normal = nearest.form().pose().toWorld(nearestHit.normal());
            return new Surface(distance, ray.at(distance), normal, instance, nearest, nearestHit);
        }
        if (curve != null) {
            return curve;
        }
        return ground != null
                ? ground
                : new Surface(distance, ray.at(distance), wall.normal(), Rendering.BACKDROP, null, null);
    }

    /** Returns where the ray meets the curve between ground and wall; null if it meets one of those, at the distance. */
    private @Nullable Surface curve(Ray ray, double distance) {
        Scene.Backdrop wall = scene.backdrop();
        double radius = wall.curve();
        Vec3 flat = ray.at(distance);
        if (flat.dot(wall.normal()) + wall.distance() >= radius || flat.y() >= radius) {
            return null;
        }
        // In the plane across the curve, from its centre: s off the wall, h up.
        double s = ray.origin().dot(wall.normal()) + wall.distance() - radius;
        double h = ray.origin().y() - radius;
        double ds = ray.direction().dot(wall.normal());
        double dh = ray.direction().y();
        double speed = ds * ds + dh * dh;
        double half = s * ds + h * dh;
        double root = Math.sqrt(Math.max(0, half * half - speed * (s * s + h * h - radius * radius)));
        double far = (-half + root) / speed;
        Vec3 normal = wall.normal()
                .times(-(s + far * ds) / radius)
                .plus(-(h + far * dh) / radius, UP)
                .unit();
        boolean upper = h + far * dh > s + far * ds;
        return new Surface(far, ray.at(far), normal, upper ? Rendering.BACKDROP : Rendering.GROUND, null, null);
    }
}
