package dev.mmgen.shapes.evaluation;

import dev.mmgen.MultiModalImage;
import dev.mmgen.image.RgbImage;
import dev.mmgen.modality.Modality;
import dev.mmgen.shapes.Rendering;
import dev.mmgen.train.metric.MetricTable;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;

/**
 * A sheet with a row for each scene: the photo, then truth and reading of each modality side by side, with the error below.
 *
 * @param name of the reader, for the captions
 */
public record ReadingSheet(String name) {

    private static final int TILE = 128;
    private static final int GAP = 4;
    private static final int LINE = 18;
    private static final int COLUMNS = 1 + 2 * SceneReader.READ.size();

    /**
     * Draws the sheet.
     *
     * @param scenes at least one, one row each
     * @param read   the pictures that were read from each; the place of a missing modality stays empty
     * @throws IllegalArgumentException if there are no scenes, or not as many results
     */
    public RgbImage draw(List<Rendering> scenes, List<MultiModalImage> read) {
        if (scenes.isEmpty() || scenes.size() != read.size()) {
            throw new IllegalArgumentException(
                    "a sheet of " + scenes.size() + " scenes and " + read.size() + " results");
        }
        int height = LINE + GAP + scenes.size() * (TILE + LINE + GAP);
        BufferedImage sheet = new BufferedImage(left(COLUMNS), height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sheet.createGraphics();
        try {
            graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
            graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
            graphics.setColor(Color.WHITE);
            graphics.fillRect(0, 0, sheet.getWidth(), sheet.getHeight());
            drawHead(graphics);
            for (int i = 0; i < scenes.size(); i++) {
                drawRow(graphics, LINE + GAP + i * (TILE + LINE + GAP), scenes.get(i), read.get(i));
            }
        } finally {
            graphics.dispose();
        }
        return RgbImage.of(sheet);
    }

    private static int left(int column) {
        return GAP + column * (TILE + GAP);
    }

    private void drawHead(Graphics2D graphics) {
        write(graphics, 0, LINE, "photo");
        for (int i = 0; i < SceneReader.READ.size(); i++) {
            String modality = SceneReader.READ.get(i).displayName().toLowerCase(Locale.ROOT);
            write(graphics, 1 + 2 * i, LINE, "true " + modality);
            write(graphics, 2 + 2 * i, LINE, name);
        }
    }

    private static void drawRow(Graphics2D graphics, int top, Rendering scene, MultiModalImage read) {
        ReadingScore score = new ReadingScore(scene.scene().edition());
        score.add(read, scene);
        MetricTable figures = score.table();
        int below = top + TILE + LINE - GAP;
        draw(graphics, 0, top, scene.rgb());
        write(graphics, 0, below, scene.scene().category().label());
        for (int i = 0; i < SceneReader.READ.size(); i++) {
            Modality modality = SceneReader.READ.get(i);
            RgbImage picture = read.pictures().get(modality);
            draw(graphics, 1 + 2 * i, top, ScenePictures.of(scene, modality));
            if (picture != null) {
                draw(graphics, 2 + 2 * i, top, picture);
                write(graphics, 1 + 2 * i, below, error(modality, figures));
            }
        }
    }

    private static String error(Modality modality, MetricTable figures) {
        return switch (modality.name()) {
            case "depth" -> text(figures, "AbsRel %.3f, on objects %.3f", "depth AbsRel", "depth AbsRel on objects");
            case "normal" -> text(figures, "mean %.1f°, on objects %.1f°", "normal mean", "normal mean on objects");
            default ->
                text(
                        figures,
                        "mIoU %.2f, right on objects %.2f",
                        "segmentation mIoU",
                        "segmentation accuracy on objects");
        };
    }

    private static String text(MetricTable figures, String format, String first, String second) {
        return String.format(Locale.ROOT, format, figure(figures, first), figure(figures, second));
    }

    private static double figure(MetricTable figures, String name) {
        return figures.rows().stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow()
                .value();
    }

    private static void draw(Graphics2D graphics, int column, int top, RgbImage picture) {
        graphics.drawImage(picture.toBufferedImage(), left(column), top, TILE, TILE, null);
    }

    private static void write(Graphics2D graphics, int column, int baseline, String text) {
        graphics.setColor(Color.BLACK);
        graphics.drawString(text, left(column), baseline - GAP);
    }
}
