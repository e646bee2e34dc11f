package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Box;
import dev.mmgen.shapes.solid.Common;
import dev.mmgen.shapes.solid.Compound;
import dev.mmgen.shapes.solid.Cut;
import dev.mmgen.shapes.solid.Cylinder;
import dev.mmgen.shapes.solid.HalfRing;
import dev.mmgen.shapes.solid.Polyhedron;
import dev.mmgen.shapes.solid.Vec3;
import java.util.ArrayList;
import java.util.List;

/** The random forms of the categories that came with the second edition; see {@link Forms}. */
final class MoreForms {

    private MoreForms() {}

    static Form stairs(Forms forms) {
        SceneRandom random = forms.random();
        int steps = 4;
        double tall = random.between(0.7, 0.85);
        double deep = random.between(0.6, 0.8);
        double half = forms.radius() / Math.sqrt(1 + tall * tall + deep * deep);
        List<Compound.Part> parts = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            // Each from where it begins to the upper end, one in the other: no two of them meet at a seam.
            double begin = -1 + 2.0 * step / steps;
            double height = tall * (step + 1) / steps;
            parts.add(new Compound.Part(
                    new Box(
                            new Vec3(half * (1 + begin) / 2, half * (height - tall), 0),
                            new Vec3(half * (1 - begin) / 2, half * height, half * deep)),
                    0));
        }
        double turn = random.between(-0.75, 0.75) + (random.chance(0.5) ? Math.PI : 0);
        return new Form(new Compound(parts), Rotation.standing(turn), forms.radius(), tall * half);
    }

    static Form star(Forms forms) {
        // Lies on its back in its own coordinates, as the arch: x across, y through it, z up.
        SceneRandom random = forms.random();
        double deep = random.between(0.2, 0.34);
        double tip = forms.radius() / Math.sqrt(1 + deep * deep);
        double dent = random.between(0.42, 0.52) * tip;
        List<Compound.Part> parts = new ArrayList<>();
        for (int point = 0; point < 5; point++) {
            double angle = Math.PI * (0.5 + 0.4 * point);
            // A kite from the tip to beyond the middle, so that kites overlap and leave no seam between them.
            parts.add(new Compound.Part(
                    Polyhedron.prism(
                            List.of(
                                    around(angle, tip),
                                    around(angle + 0.2 * Math.PI, dent),
                                    around(angle, -0.2 * dent),
                                    around(angle - 0.2 * Math.PI, dent)),
                            deep * tip),
                    0));
        }
        double lowest = tip * StrictMath.sin(0.3 * Math.PI);
        return new Form(new Compound(parts), Rotation.lying(random.between(-0.75, 0.75)), forms.radius(), lowest);
    }

    private static Vec3 around(double angle, double distance) {
        return new Vec3(distance * StrictMath.cos(angle), 0, distance * StrictMath.sin(angle));
    }

    static Form mug(Forms forms) {
        SceneRandom random = forms.random();
        double wide = random.between(0.75, 0.9);
        double ring = random.between(0.46, 0.56);
        double tube = random.between(0.1, 0.13);
        double shift = 0.16;
        double body = Math.sqrt(1 + (wide + shift) * (wide + shift));
        double half = forms.radius() / Math.max(body, wide - shift + ring + tube);
        double wall = 0.12 * half;
        double outer = wide * half;
        Vec3 middle = new Vec3(-shift * half, 0, 0);
        Cylinder outside = new Cylinder(middle, outer, half);
        // The hole reaches beyond the brim, so that none of its faces lies in a face of the body.
        Cylinder inside =
                new Cylinder(middle.plus(wall + half, new Vec3(0, 0.5, 0)), outer - wall, half + (half - wall) / 2);
        HalfRing handle = new HalfRing(middle.plus(new Vec3(outer - 0.4 * wall, 0, 0)), ring * half, tube * half);
        List<Compound.Part> parts =
                List.of(new Compound.Part(new Cut(outside, List.of(inside)), 0), new Compound.Part(handle, 1));
        double turn = random.between(-0.6, 0.6) + (random.chance(0.5) ? Math.PI : 0);
        return new Form(new Compound(parts), Rotation.standing(turn), forms.radius(), half);
    }

    static Form mushroom(Forms forms) {
        SceneRandom random = forms.random();
        double floor = random.between(0.05, 0.25);
        double cap = random.between(0.8, 0.92) * forms.radius();
        double stem = random.between(0.3, 0.42) * cap;
        double up = forms.radius() - cap;
        double foot = -Math.sqrt(forms.radius() * forms.radius() - stem * stem);
        double brim = up + floor * cap;
        List<Compound.Part> parts = List.of(
                new Compound.Part(Common.dome(new Vec3(0, up, 0), cap, brim), 0),
                new Compound.Part(
                        new Cylinder(new Vec3(0, (foot + brim) / 2, 0), stem, (brim - foot) / 2 + 0.02 * cap), 1));
        return new Form(new Compound(parts), Rotation.standing(random.between(0, 2 * Math.PI)), forms.radius(), -foot);
    }

    static Form gem(Forms forms) {
        SceneRandom random = forms.random();
        int sides = 8;
        double girdle = random.between(0.86, 0.94);
        double table = random.between(0.5, 0.62);
        double crown = random.between(0.34, 0.44);
        double pavilion = random.between(0.85, 1.0);
        // In units of the girdle's radius; the ball's middle is where girdle and lower tip touch it.
        double tip = 0.08;
        double low = -girdle * pavilion;
        double middle = (1 - tip * tip - low * low) / (2 * low);
        double scale = forms.radius() / Math.sqrt(1 + middle * middle);
        List<Polyhedron.Face> faces = new ArrayList<>();
        double top = (crown + middle) * scale;
        double bottom = (low + middle) * scale;
        faces.add(new Polyhedron.Face(new Vec3(0, 1, 0), top));
        faces.add(new Polyhedron.Face(new Vec3(0, -1, 0), -bottom));
        Vec3 rim = new Vec3(scale, middle * scale, 0);
        for (int side = 0; side < sides; side++) {
            double angle = 2 * Math.PI * side / sides;
            faces.add(slope(angle, rim, table * scale, top));
            faces.add(slope(angle, rim, tip * scale, bottom));
        }
        Rotation pose = Rotation.standing(random.between(0, 2 * Math.PI));
        return new Form(new Polyhedron(faces), pose, forms.radius(), -bottom);
    }

    /** Returns the face from the rim to a circle further in, at another height. */
    private static Polyhedron.Face slope(double angle, Vec3 rim, double radius, double height) {
        double in = rim.x() - radius;
        double along = height - rim.y();
        double length = Math.sqrt(in * in + along * along);
        double out = Math.abs(along) / length;
        double up = Math.signum(along) * in / length;
        Vec3 normal = new Vec3(out * StrictMath.cos(angle), up, out * StrictMath.sin(angle));
        return new Polyhedron.Face(normal, out * rim.x() + up * rim.y());
    }

    static Form chair(Forms forms) {
        SceneRandom random = forms.random();
        double deep = random.between(0.85, 1.0);
        double seat = random.between(-0.12, 0.05);
        double tall = random.between(1.5, 1.75);
        double half = forms.radius() / Math.sqrt(1 + deep * deep + tall * tall);
        double thick = random.between(0.09, 0.14);
        double leg = random.between(0.1, 0.15);
        List<Compound.Part> parts = new ArrayList<>();
        parts.add(part(0, half, new Vec3(0, seat, 0), new Vec3(1, thick, deep)));
        double middle = (tall + seat) / 2;
        parts.add(part(0, half, new Vec3(0, middle, thick - deep), new Vec3(1, tall - middle, thick)));
        for (int corner = 0; corner < 4; corner++) {
            double x = (corner % 2 == 0 ? 1 : -1) * (0.98 - leg);
            double z = (corner / 2 == 0 ? 1 : -1) * (0.98 * deep - leg);
            double centre = (seat - tall) / 2;
            parts.add(part(1, half, new Vec3(x, centre, z), new Vec3(leg, seat - centre, leg)));
        }
        Rotation pose = Rotation.standing(random.between(-0.9, 0.9));
        return new Form(new Compound(parts), pose, forms.radius(), tall * half);
    }

    private static Compound.Part part(int number, double scale, Vec3 centre, Vec3 half) {
        return new Compound.Part(new Box(centre.times(scale), half.times(scale)), number);
    }
}
