package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Hit;
import dev.mmgen.shapes.solid.Ray;
import dev.mmgen.shapes.solid.Vec3;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An object of a scene.
 *
 * @param category  the kind of solid
 * @param form      its shape and size
 * @param position  its centre in the world
 * @param materials of its parts; they repeat if there are more parts
 */
public record SceneObject(Category category, Form form, Vec3 position, List<Material> materials) {

    /** Copies the list. */
    public SceneObject {
        materials = List.copyOf(materials);
    }

    SceneObject at(Vec3 place) {
        return new SceneObject(category, form, place, materials);
    }

    /** Returns where a ray of the world hits the object, in the object's own coordinates; null if it misses. */
    @Nullable
    Hit hit(Ray ray) {
        return reaches(ray) ? form.solid().hit(own(ray)) : null;
    }

    private boolean reaches(Ray ray) {
        Vec3 way = position.minus(ray.origin());
        double along = way.dot(ray.direction());
        double radius = form.radius();
        double square = way.dot(way);
        return (along > 0 || square < radius * radius) && square - along * along < radius * radius;
    }

    private Ray own(Ray ray) {
        Rotation pose = form.pose();
        return new Ray(pose.toOwn(ray.origin().minus(position)), pose.toOwn(ray.direction()));
    }

    Vec3 colour(Hit hit) {
        return material(hit).colour(hit.point());
    }

    Vec3 colour(Hit hit, Footprint pixel) {
        return material(hit).colour(hit.point(), pixel.in(form.pose()));
    }

    Material material(Hit hit) {
        return materials.get(hit.part() % materials.size());
    }
}
