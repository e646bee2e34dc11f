package dev.mmgen.train.hdf5;

import io.jhdf.Constants;
import io.jhdf.FractalHeap;
import io.jhdf.GroupSymbolTableNode;
import io.jhdf.LocalHeap;
import io.jhdf.ObjectHeader;
import io.jhdf.SymbolTableEntry;
import io.jhdf.Utils;
import io.jhdf.api.Dataset;
import io.jhdf.api.dataset.ContiguousDataset;
import io.jhdf.btree.BTreeV1;
import io.jhdf.btree.BTreeV2;
import io.jhdf.btree.record.LinkNameForIndexedGroupRecord;
import io.jhdf.dataset.DatasetLoader;
import io.jhdf.dataset.NoParent;
import io.jhdf.exceptions.HdfException;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.message.DataSpaceMessage;
import io.jhdf.object.message.DataTypeMessage;
import io.jhdf.object.message.LinkInfoMessage;
import io.jhdf.object.message.LinkMessage;
import io.jhdf.object.message.SymbolTableMessage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A reader of the tables of contents of groups, made of jhdf's parts: symbol tables of the oldest form, which the official
 * scripts write, and links in object headers or in a fractal heap. jhdf's own groups are not used since they keep 2 KB for
 * every member and read without a limit.
 */
final class Hdf5Group {

    /** The shortest link in a B-tree: its hash and the shortest identifier. */
    private static final int LINK_RECORD_BYTES = 11;

    private final Hdf5Storage storage;
    private Hdf5Node.@Nullable Layout lastLayout;

    Hdf5Group(Hdf5Storage storage) {
        this.storage = storage;
    }

    /**
     * Reads the members of a group by name, in the file's order.
     *
     * @param address of its object header
     * @throws HdfException if the table is damaged; a single damaged member is a {@link Hdf5Node.Damaged}
     */
    Map<String, Hdf5Node> read(long address) {
        ObjectHeader header = ObjectHeader.readObjectHeader(storage, address);
        Map<String, Hdf5Node> members = new LinkedHashMap<>();
        if (header.hasMessageOfType(SymbolTableMessage.class)) {
            readSymbols(header.getMessageOfType(SymbolTableMessage.class), members);
        } else {
            links(header).forEach(link -> put(members, link.getLinkName(), node(link)));
        }
        return members;
    }

    private static void put(Map<String, Hdf5Node> members, String name, @Nullable Hdf5Node node) {
        if (node != null) {
            members.put(name, node);
        }
    }

    private void readSymbols(SymbolTableMessage table, Map<String, Hdf5Node> members) {
        ByteBuffer names = new LocalHeap(storage, table.getLocalHeapAddress()).getDataBuffer();
        for (long child :
                BTreeV1.createGroupBTree(storage, table.getBTreeAddress()).getChildAddresses()) {
            for (SymbolTableEntry entry : new GroupSymbolTableNode(storage, child).getSymbolTableEntries()) {
                put(
                        members,
                        name(names, entry.getLinkNameOffset()),
                        switch (entry.getCacheType()) {
                            case 1 -> new Hdf5Node.Group(entry.getObjectHeaderAddress());
                            case 2 -> new Hdf5Node.SoftLink(name(names, entry.getLinkValueOffset()));
                            default -> object(entry.getObjectHeaderAddress());
                        });
            }
        }
    }

    private static String name(ByteBuffer names, int offset) {
        return Utils.readUntilNull(names.position(offset));
    }

    private List<LinkMessage> links(ObjectHeader header) {
        LinkInfoMessage info = header.getMessageOfType(LinkInfoMessage.class);
        if (info.getBTreeNameIndexAddress() == Constants.UNDEFINED_ADDRESS) {
            return header.getMessagesOfType(LinkMessage.class);
        }
        requireLinkCount(info.getBTreeNameIndexAddress());
        FractalHeap heap = new FractalHeap(storage, info.getFractalHeapAddress());
        List<LinkMessage> links = new ArrayList<>();
        for (LinkNameForIndexedGroupRecord link :
                new BTreeV2<LinkNameForIndexedGroupRecord>(storage, info.getBTreeNameIndexAddress()).getRecords()) {
            links.add(LinkMessage.fromBuffer(heap.getId(link.getId()), storage.getSuperblock()));
        }
        return links;
    }

    /** jhdf reserves room for as many links as the tree's header states. */
    private void requireLinkCount(long tree) {
        int before = 16 + storage.getSizeOfOffsets() + 2;
        ByteBuffer header = storage.readBufferFromAddress(tree, before + storage.getSizeOfLengths());
        long count = Utils.readBytesAsUnsignedLong(header.position(before), storage.getSizeOfLengths());
        if (count < 0 || count > storage.size() / LINK_RECORD_BYTES) {
            throw new HdfException("a group of " + count + " members is larger than the file");
        }
    }

    private @Nullable Hdf5Node node(LinkMessage link) {
        return switch (link.getLinkType()) {
            case HARD -> object(link.getHardLinkAddress());
            case SOFT -> new Hdf5Node.SoftLink(link.getSoftLink());
            case EXTERNAL -> new Hdf5Node.ExternalLink(link.getExternalFile(), link.getExternalPath());
        };
    }

    /** Returns null for a named data type, which holds no values. */
    private @Nullable Hdf5Node object(long address) {
        try {
            ObjectHeader header = ObjectHeader.readObjectHeader(storage, address);
            if (header.hasMessageOfType(DataSpaceMessage.class)) {
                return array(DatasetLoader.createDataset(storage, header, "", NoParent.INSTANCE));
            }
            return header.hasMessageOfType(DataTypeMessage.class) ? null : new Hdf5Node.Group(address);
        } catch (RuntimeException e) {
            if (storage.isExhausted()) {
                throw e;
            }
            return new Hdf5Node.Damaged(reason(e));
        }
    }

    /** Returns the innermost reason that was meant to be read; an exception of Java itself says nothing about the file. */
    static String reason(Throwable failure) {
        String reason = "its structure is not valid";
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof HdfException && cause.getMessage() != null) {
                reason = cause.getMessage();
            }
        }
        return reason;
    }

    private Hdf5Node array(Dataset dataset) {
        int[] shape = dataset.getDimensions();
        for (int size : shape) {
            if (size < 0) {
                throw new HdfException("its shape is " + Arrays.toString(shape));
            }
        }
        ElementType type = ElementType.of(dataset.getDataType());
        if (type == null) {
            DataType other = dataset.getDataType();
            return new Hdf5Node.OtherType(other.getClass().getSimpleName() + " of " + other.getSize() + " bytes");
        }
        if (!dataset.isEmpty() && dataset instanceof ContiguousDataset piece) {
            long address = Math.addExact(piece.getDataAddress(), storage.getUserBlockSize());
            return new Hdf5Node.InOnePiece(address, layout(type, shape));
        }
        return new Hdf5Node.InChunks(dataset.getAddress(), shape);
    }

    /** Neighbours mostly look alike, and millions of them share one description. */
    private Hdf5Node.Layout layout(ElementType type, int[] shape) {
        Hdf5Node.Layout last = lastLayout;
        if (last == null || !last.type().equals(type) || !Arrays.equals(last.shape(), shape)) {
            last = new Hdf5Node.Layout(type, shape);
            lastLayout = last;
        }
        return last;
    }
}
