package dev.mmgen.shapes.solid;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A convex body with flat faces: the points behind all of them. */
public record Polyhedron(List<Face> faces) implements Convex {

    /**
     * A flat face.
     *
     * @param normal outwards, of length 1
     * @param limit  the distance of its plane from the origin, along the normal
     */
    public record Face(Vec3 normal, double limit) {}

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there are fewer faces than enclose a body
     */
    public Polyhedron {
        faces = List.copyOf(faces);
        if (faces.size() < 4) {
            throw new IllegalArgumentException(faces.size() + " faces enclose no body; it takes 4");
        }
    }

    /**
     * Returns a polygon of the x-z plane made thick.
     *
     * @param corners convex, in either sense, around a point that is not on the outline; their y is ignored
     * @param half    half the thickness, along y
     */
    public static Polyhedron prism(List<Vec3> corners, double half) {
        List<Face> faces = new ArrayList<>();
        faces.add(new Face(new Vec3(0, 1, 0), half));
        faces.add(new Face(new Vec3(0, -1, 0), half));
        Vec3 middle = Vec3.ZERO;
        for (Vec3 corner : corners) {
            middle = middle.plus(1.0 / corners.size(), corner);
        }
        for (int i = 0; i < corners.size(); i++) {
            Vec3 from = corners.get(i);
            Vec3 way = corners.get((i + 1) % corners.size()).minus(from);
            Vec3 normal = new Vec3(way.z(), 0, -way.x()).unit();
            boolean outwards = normal.dot(from.minus(middle)) > 0;
            Vec3 outer = outwards ? normal : normal.times(-1);
            faces.add(new Face(outer, outer.dot(from)));
        }
        return new Polyhedron(faces);
    }

    @Override
    public boolean blocks(Ray ray) {
        double entry = Double.NEGATIVE_INFINITY;
        double exit = Double.POSITIVE_INFINITY;
        for (Face face : faces) {
            double gap = face.limit - ray.origin().dot(face.normal);
            double speed = ray.direction().dot(face.normal);
            if (speed < 0) {
                entry = Math.max(entry, gap / speed);
            } else if (speed > 0) {
                exit = Math.min(exit, gap / speed);
            } else if (gap < 0) {
                return false;
            }
            if (entry >= exit) {
                return false;
            }
        }
        return entry >= NEAREST;
    }

    @Override
    public @Nullable Span inside(Ray ray) {
        double entry = Double.NEGATIVE_INFINITY;
        double exit = Double.POSITIVE_INFINITY;
        Vec3 entryNormal = Vec3.ZERO;
        Vec3 exitNormal = Vec3.ZERO;
        for (Face face : faces) {
            double gap = face.limit - ray.origin().dot(face.normal);
            double speed = ray.direction().dot(face.normal);
            if (speed == 0) {
                if (gap < 0) {
                    return null;
                }
            } else if (speed < 0) {
                double distance = gap / speed;
                if (distance > entry) {
                    entry = distance;
                    entryNormal = face.normal;
                }
            } else {
                double distance = gap / speed;
                if (distance < exit) {
                    exit = distance;
                    exitNormal = face.normal;
                }
            }
        }
        return entry < exit ? new Span(entry, entryNormal, exit, exitNormal) : null;
    }
}
