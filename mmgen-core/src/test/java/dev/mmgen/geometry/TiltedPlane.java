package dev.mmgen.geometry;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import java.util.LinkedHashMap;
import java.util.Map;

/** Two planes that meet at a quarter of the picture's width, like an open book, seen by a known camera. */
record TiltedPlane(PinholeCamera camera) {

    int fold() {
        return camera.width() / 4;
    }

    double[] normal(int column) {
        double x = column < fold() ? 0.5 : -1.2;
        double y = 0.3 * (1 - x * atFold());
        double length = Math.sqrt(x * x + y * y + 1);
        return new double[] {x / length, y / length, 1 / length};
    }

    private double atFold() {
        return camera.right(fold() - 0.5);
    }

    /** Returns the depth where a pixel's ray meets its plane; both have a depth of 4 where they meet at half the height. */
    DepthMap depth() {
        float[] depth = new float[camera.width() * camera.height()];
        for (int i = 0; i < depth.length; i++) {
            int column = i % camera.width();
            double[] n = normal(column);
            double across = n[0] * camera.right(column) + n[1] * camera.up(i / camera.width()) - n[2];
            depth[i] = (float) (4 * (n[0] * atFold() - n[2]) / across);
        }
        return new DepthMap(camera.width(), camera.height(), depth);
    }

    double ratio() {
        float nearest = Float.MAX_VALUE;
        float farthest = 0;
        for (float value : depth().values()) {
            nearest = Math.min(nearest, value);
            farthest = Math.max(farthest, value);
        }
        return farthest / (double) nearest;
    }

    RgbImage depthPicture() {
        float[] depth = depth().values();
        double nearest = 0;
        double farthest = 1;
        for (float value : depth) {
            nearest = Math.max(nearest, 1 / value);
            farthest = Math.min(farthest, 1 / value);
        }
        byte[] rgb = new byte[3 * depth.length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) Math.rint(255 * (1 / depth[i / 3] - farthest) / (nearest - farthest));
        }
        return RgbImage.of(camera.width(), camera.height(), rgb);
    }

    NormalMap normals() {
        float[] normals = new float[3 * camera.width() * camera.height()];
        for (int i = 0; i < normals.length; i++) {
            normals[i] = (float) normal(i / 3 % camera.width())[i % 3];
        }
        return new NormalMap(camera.width(), camera.height(), normals);
    }

    RgbImage normalPicture() {
        byte[] rgb = new byte[3 * camera.width() * camera.height()];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) Math.rint(127.5 * (normal(i / 3 % camera.width())[i % 3] + 1));
        }
        return RgbImage.of(camera.width(), camera.height(), rgb);
    }

    static RgbImage plain(int width, int height, int colour) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (colour >> (16 - 8 * (i % 3)));
        }
        return RgbImage.of(width, height, rgb);
    }

    MultiModalImage image() {
        Map<Modality, RgbImage> pictures = new LinkedHashMap<>();
        pictures.put(Modality.RGB, plain(camera.width(), camera.height(), 0x806040));
        pictures.put(Modality.DEPTH, depthPicture());
        pictures.put(Modality.NORMAL, normalPicture());
        pictures.put(Modality.SEGMENTATION, plain(camera.width(), camera.height(), 0x20c0e0));
        return new MultiModalImage(pictures);
    }
}
