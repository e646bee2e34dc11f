package dev.mmgen.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mmgen.Goldens;
import dev.mmgen.torch.json.Json;
import dev.mmgen.train.prepare.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Index files as the reference's scripts write them. */
class IndexGoldenTest {

    private final JsonNode recorded = Goldens.folder("data_contract").json("metadata_builders.json");
    private Path root;

    @BeforeEach
    void resolve(@TempDir Path folder) throws IOException {
        root = folder.toRealPath();
    }

    private Path touch(String place) {
        Path file = Path.of(place.replace("<ROOT>", root.toString()));
        try {
            Files.createDirectories(file.getParent());
            return Files.exists(file) ? file : Files.createFile(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void makeTree(String... names) {
        for (JsonNode photo : recorded.get("prepare_meta_data").get("tree_rgb")) {
            touch("<ROOT>/rgb/" + photo.asText());
        }
        for (JsonNode record : recorded.get("prepare_meta_data").get("records")) {
            for (String name : names) {
                touch(record.get("path_" + name).asText());
            }
        }
    }

    private void assertWritten(Path file, JsonNode records) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(Json.COMPACT.tree(line.replace(root.toString(), "<ROOT>")));
        }
        assertThat(lines).containsExactlyElementsOf(records);
    }

    @Test
    void foldersPerModalityMakeAnIndex() throws IOException {
        makeTree("depth", "normal", "mask");
        IndexBuilder.Result result = IndexBuilder.photos(root.resolve("rgb"))
                .modality("depth", root.resolve("depth"))
                .modality("normal", root.resolve("normal"))
                .modality("mask", root.resolve("mask"))
                .build();
        Path file = root.resolve("out/o.jsonl");
        result.index().write(file);
        assertWritten(file, recorded.get("prepare_meta_data").get("records"));
        assertThat(result.incomplete()).hasSize(1);
        assertThat(JsonlIndex.read(file).entries()).isEqualTo(result.index().entries());
    }

    @Test
    void oneClassIsGivenToAllFolders() {
        touch("<ROOT>/rgb/b/2.jpg");
        touch("<ROOT>/rgb/1.png");
        touch("<ROOT>/canny/b/2.png");
        Path missing = root.resolve("canny/1.png");
        IndexBuilder.Result result = IndexBuilder.photos(root.resolve("rgb"))
                .modality("canny", root.resolve("canny"))
                .oneClass("shapes", 3)
                .build();
        assertThat(result.index().entries()).singleElement().satisfies(entry -> {
            assertThat(entry.category()).isEqualTo("shapes");
            assertThat(entry.label()).isEqualTo(3);
            assertThat(entry.key()).isEqualTo("b/2.png");
            assertThat(entry.image("canny")).isEqualTo(root.resolve("canny/b/2.png"));
        });
        assertThat(result.incomplete()).isEqualTo(Map.of(root.resolve("rgb/1.png"), List.of(missing)));
    }

    @Test
    void imagesOfAConditionMakeAnIndex() throws IOException {
        makeTree();
        for (String recording : List.of("prepare_infer_meta_rgb", "prepare_infer_meta_depth")) {
            JsonNode name = recorded.get(recording);
            JsonNode first = name.get("records").get(0);
            String modality = first.has("path_rgb") ? "rgb" : "depth";
            JsonlIndex index = ConditionIndex.of(
                    root.resolve("rgb"), modality, first.get("idx_cat").asInt());
            index.write(root.resolve("i.jsonl"));
            assertWritten(root.resolve("i.jsonl"), name.get("records"));
        }
        ConditionIndex.of(root.resolve("rgb/n02/x.JPEG"), "rgb", 1000).write(root.resolve("i1.jsonl"));
        assertWritten(
                root.resolve("i1.jsonl"),
                recorded.get("prepare_infer_meta_single_file").get("records"));
        assertThatThrownBy(() -> ConditionIndex.of(root.resolve("rgb/n01/notes.txt"), "rgb", 1000))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("notes.txt");
    }

    @Test
    void hypersimMakesAnIndex() throws IOException {
        List<String> scenes = new ArrayList<>();
        for (JsonNode record : recorded.get("gen_hypersim_seg").get("records")) {
            Path photo = touch(record.get("path_rgb").asText());
            String scene = root.resolve("hs").relativize(photo).getName(0).toString();
            if (!scenes.contains(scene)) {
                scenes.add(scene);
            }
        }
        for (JsonNode record : recorded.get("gen_hypersim_train").get("records")) {
            for (String name : List.of("depth", "normal", "mask")) {
                touch(record.get("path_" + name).asText());
            }
        }
        Path split = Files.write(root.resolve("split.txt"), List.of(String.join("\n\n", scenes), " "));
        HypersimIndex index = HypersimIndex.open(root.resolve("hs"), split);
        index.writeSegmentationJobs(root.resolve("h_seg.jsonl"));
        assertWritten(
                root.resolve("h_seg.jsonl"), recorded.get("gen_hypersim_seg").get("records"));
        IndexBuilder.Result result = index.build(1000);
        result.index().write(root.resolve("h_train.jsonl"));
        assertWritten(
                root.resolve("h_train.jsonl"),
                recorded.get("gen_hypersim_train").get("records"));
        assertThat(result.incomplete()).hasSize(1);
    }

    @Test
    void selectionsOfWorkAgree() {
        for (JsonNode given : recorded.get("select_items")) {
            int limit = given.get("limit").isNull()
                    ? Integer.MAX_VALUE
                    : given.get("limit").asInt();
            Selection selection = new Selection(
                    given.get("start").asInt(),
                    limit,
                    given.get("shard_index").asInt(),
                    given.get("num_shards").asInt());
            List<Integer> items =
                    IntStream.range(0, given.get("n").asInt()).boxed().toList();
            assertThat(selection.of(items))
                    .isEqualTo(given.get("selected")
                            .valueStream()
                            .map(JsonNode::asInt)
                            .toList());
        }
    }

    @Test
    void foldersWithoutAnIndexAreRefused() throws IOException {
        assertThatThrownBy(() -> IndexBuilder.photos(root.resolve("none")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none");
        Files.createDirectories(root.resolve("empty"));
        assertThatThrownBy(() -> IndexBuilder.photos(root.resolve("empty")).build())
                .hasMessageContaining("no images");
        touch("<ROOT>/flat/a.png");
        assertThatThrownBy(() -> IndexBuilder.photos(root.resolve("flat")).build())
                .hasMessageContaining("a.png");
        touch("<ROOT>/twins/c/a.png");
        touch("<ROOT>/twins/c/a.jpg");
        assertThatThrownBy(() -> IndexBuilder.photos(root.resolve("twins")).build())
                .hasMessageContaining("a.png")
                .hasMessageContaining("a.jpg");
        assertThatThrownBy(() -> IndexBuilder.photos(root.resolve("twins"))
                        .modality("depth", root.resolve("empty"))
                        .modality("depth", root.resolve("empty")))
                .isInstanceOf(IllegalArgumentException.class);
        touch("<ROOT>/rgb/c/a.png");
        IndexBuilder lacking = IndexBuilder.photos(root.resolve("rgb")).modality("depth", root.resolve("empty"));
        assertThatThrownBy(lacking::build)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none of the 1 photos");
        assertThatThrownBy(() -> ConditionIndex.of(root.resolve("empty"), "rgb", 0))
                .isInstanceOf(DataException.class);
        assertThatThrownBy(() -> Selection.ofShard(3, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Selection(5, 1, 0, 1).of(List.of(1, 2))).isInstanceOf(DataException.class);
    }
}
