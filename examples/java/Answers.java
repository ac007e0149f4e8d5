import com.fasterxml.jackson.databind.JsonNode;

/** What the hub says, taken only with its signature: day-key.json, answer.json, feed.json. */
final class Answers {
    private Answers() {}

    /** A key of a day: the hub signed it, and its id is that of the key. */
    static boolean dayKeyHolds(JsonNode told, byte[] hub) throws Exception {
        byte[][] fields = new byte[5][];
        String[] names = {"kid", "public", "suite", "day", "until"};
        for (int i = 0; i < names.length; i++) fields[i] = Sealing.utf8(text(told, names[i]));
        boolean signed = Sealing.verify(hub, Sealing.context("caunoi/1/intake-key", fields), text(told, "sig"));
        return signed && text(told, "kid").equals(Sealing.keyId(Sealing.base64url(text(told, "public"))));
    }

    /** A receipt, a refusal, or a message set aside: signed by the hub, for this very statement. */
    static boolean holds(String type, byte[] value, String id, String hash, byte[] hub) throws Exception {
        JsonNode told = Client.JSON.readTree(value);
        byte[] recorded = Sealing.uint(told.get("recorded").asLong(), 8), statement = Sealing.utf8(id);
        byte[] signed;
        if (type.equals("vn.caunoi.receipt.v1")) {
            byte[] index = Sealing.uint(told.get("index").asLong(), 8), leaf = Sealing.unhex(text(told, "leaf"));
            signed = Sealing.context("caunoi/1/receipt", Sealing.unhex(hash), index, leaf, recorded);
            if (!text(told, "statement").equals(hash)) return false;
        } else if (type.equals("vn.caunoi.refusal.v1")) {
            byte[] code = Sealing.utf8(text(told, "code"));
            signed = Sealing.context("caunoi/1/refusal", statement, Sealing.utf8(hash), code, recorded);
        } else {
            signed = Sealing.context("caunoi/1/aside", statement, Sealing.utf8(text(told, "code")), recorded);
        }
        return Sealing.verify(hub, signed, text(told, "sig"));
    }

    /** The chain of a partition of the feed after one more entry; 32 zero bytes before the first. */
    static byte[] chained(byte[] before, long number, long index, byte[] entry) throws Exception {
        return Sealing.sha256(before, Sealing.uint(number, 8), Sealing.uint(index, 8), Sealing.sha256(entry));
    }

    /** A feed head: how many entries lie in each partition, and their chains. */
    static boolean headHolds(JsonNode head, byte[] hub) {
        byte[] signed = Sealing.context("caunoi/1/feed-head", Sealing.utf8(text(head, "agency")));
        signed = Sealing.join(signed, Sealing.uint(head.get("number").asLong(), 8), Sealing.uint(head.get("parts").size(), 2));
        for (JsonNode part : head.get("parts"))
            signed = Sealing.join(signed, Sealing.uint(part.get(0).asLong(), 8), Sealing.unhex(part.get(1).asText()));
        return Sealing.verify(hub, signed, text(head, "sig"));
    }

    private static String text(JsonNode node, String name) { return node.get(name).asText(); }
}
