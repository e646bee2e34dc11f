package dev.mmgen.shapes;

import dev.mmgen.shapes.solid.Box;
import dev.mmgen.shapes.solid.Capsule;
import dev.mmgen.shapes.solid.Compound;
import dev.mmgen.shapes.solid.Cone;
import dev.mmgen.shapes.solid.Convex;
import dev.mmgen.shapes.solid.Cut;
import dev.mmgen.shapes.solid.Cylinder;
import dev.mmgen.shapes.solid.Pyramid;
import dev.mmgen.shapes.solid.Sphere;
import dev.mmgen.shapes.solid.Torus;
import dev.mmgen.shapes.solid.Vec3;
import java.util.ArrayList;
import java.util.List;

/**
 * The random forms of a given size, with proportions and poses that make their category plain.
 *
 * @param radius of the ball that holds the form
 * @param pitch  how far down the camera looks, in radians
 */
record Forms(double radius, double pitch, SceneRandom random) {

    private static final double STEEP = 0.42;

    Form sphere() {
        // The only form that fills the ball it is given, so it would look the largest.
        double own = 0.86 * radius;
        return new Form(new Sphere(Vec3.ZERO, own), turned(), own, own);
    }

    Form cube() {
        double half = radius / Math.sqrt(3);
        return new Form(new Box(Vec3.ZERO, new Vec3(half, half, half)), edgeFirst(), radius, half);
    }

    Form cylinder() {
        double slenderness = random.between(0.8, 1.7);
        double tube = radius / Math.sqrt(1 + slenderness * slenderness);
        double half = slenderness * tube;
        boolean lies = random.chance(0.35);
        return new Form(new Cylinder(Vec3.ZERO, tube, half), lies ? sideways() : turned(), radius, lies ? tube : half);
    }

    Form cone() {
        // The circumscribed ball touches the tip and the rim.
        double slenderness = random.between(1.5, 2.4);
        double rim = 2 * slenderness * radius / (1 + slenderness * slenderness);
        double base = radius - slenderness * rim;
        return new Form(new Cone(rim, base, radius), turned(), radius, -base);
    }

    Form torus() {
        double thickness = random.between(0.28, 0.42);
        double ring = radius / (1 + thickness);
        Torus solid = new Torus(Vec3.ZERO, ring, thickness * ring);
        boolean lies = pitch > STEEP && random.chance(0.6);
        return lies
                ? new Form(solid, turned(), radius, solid.tube())
                : new Form(solid, Rotation.lying(random.between(-0.75, 0.75)), radius, radius);
    }

    Form pyramid() {
        // As with the cone; the rim is half the square's diagonal.
        double slenderness = random.between(1.05, 1.5);
        double rim = 2 * slenderness * radius / (1 + slenderness * slenderness);
        double base = radius - slenderness * rim;
        return new Form(new Pyramid(rim / Math.sqrt(2), base, radius), edgeFirst(), radius, -base);
    }

    Form capsule() {
        double slenderness = random.between(0.9, 1.7);
        double tube = radius / (1 + slenderness);
        boolean lies = random.chance(0.45);
        Capsule solid = new Capsule(tube, slenderness * tube);
        return new Form(solid, lies ? sideways() : turned(), radius, lies ? tube : radius);
    }

    Form rings() {
        int count = 3 + random.below(2);
        double tube = 0.7 * radius / count;
        double knob = 0.9 * tube;
        double bottom = -0.75 * radius;
        double reach = radius - tube;
        double largest = Math.sqrt(reach * reach - (bottom + tube) * (bottom + tube));
        List<Compound.Part> parts = new ArrayList<>();
        double smallest = 0.4 * largest;
        double centre = bottom + tube;
        for (int i = 0; i < count; i++) {
            double ring = largest + (smallest - largest) * i / (count - 1);
            parts.add(new Compound.Part(new Torus(new Vec3(0, centre + 1.7 * tube * i, 0), ring, tube), i));
        }
        double top = centre + 1.7 * tube * (count - 1) + tube;
        parts.add(new Compound.Part(
                new Cylinder(new Vec3(0, (bottom + top) / 2, 0), 0.45 * tube, (top - bottom) / 2), count));
        parts.add(new Compound.Part(new Sphere(new Vec3(0, top + 0.5 * knob, 0), knob), count));
        return new Form(new Compound(parts), turned(), radius, -bottom);
    }

    Form arch() {
        // In its own coordinates the arch lies on its back: x across, y through the passage, z up.
        double tall = random.between(0.75, 0.95);
        double deep = random.between(0.4, 0.6);
        double half = radius / Math.sqrt(1 + tall * tall + deep * deep);
        double passage = random.between(0.5, 0.6) * half;
        double springing = tall * half - 0.42 * half - passage;
        Convex vault = new Cylinder(new Vec3(0, 0, springing), passage, half);
        // From below the foot to the springing line, so that no face of the hole lies in a face of the block.
        Convex door = new Box(new Vec3(0, 0, springing - half), new Vec3(passage, half, half));
        Convex block = new Box(Vec3.ZERO, new Vec3(half, deep * half, tall * half));
        Rotation pose = Rotation.lying(random.between(-0.8, 0.8));
        return new Form(new Cut(block, List.of(vault, door)), pose, radius, tall * half);
    }

    Form table() {
        double tall = random.between(0.65, 0.95);
        boolean round = random.chance(0.4);
        double length = round ? 1 : random.between(1, 1.35);
        double half = radius / Math.sqrt((round ? 1 : 1 + length * length) + tall * tall);
        double thick = random.between(0.08, 0.13) * half;
        double up = tall * half;
        Vec3 centre = new Vec3(0, up - thick, 0);
        List<Compound.Part> parts = new ArrayList<>();
        parts.add(new Compound.Part(
                round ? new Cylinder(centre, half, thick) : new Box(centre, new Vec3(length * half, thick, half)), 0));
        double leg = random.between(0.09, 0.13) * half;
        double inset = round ? 0.55 : 1 - leg / half;
        for (int corner = 0; corner < 4; corner++) {
            double x = (corner % 2 == 0 ? 1 : -1) * (round ? inset * half : length * half - leg);
            double z = (corner / 2 == 0 ? 1 : -1) * inset * half;
            parts.add(new Compound.Part(new Box(new Vec3(x, -thick, z), new Vec3(leg, up - thick, leg)), 1));
        }
        return new Form(new Compound(parts), turned(), radius, up);
    }

    private Rotation turned() {
        return Rotation.standing(random.between(0, 2 * Math.PI));
    }

    /** Two sides are visible: one alone would be a square or a triangle. */
    private Rotation edgeFirst() {
        return Rotation.standing(0.5 * Math.PI * (random.below(4) + random.between(0.2, 0.8)));
    }

    private Rotation sideways() {
        return Rotation.lying(random.between(0.25 * Math.PI, 0.75 * Math.PI));
    }
}
