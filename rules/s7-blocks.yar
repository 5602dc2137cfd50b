/*
  S7 program blocks as they travel in up- and downloads (objects of the kind s7_block): a header of 36 bytes, the code or data, the
  interface, a footer of 36 bytes. Numbers are big-endian. In the header: 0 "pp", 4 language, 5 type, 6 number, 8 length of the whole
  block, 34 length of the code. In the footer, from its start: 0 author, 8 family, 16 name, 24 version, 26 checksum.
  Types: 08 OB, 0A DB, 0B SDB, 0C FC, 0D SFC, 0E FB, 0F SFB.
*/

rule s7_block_without_checksum
{
    meta:
        description = "S7 block whose checksum is blank, as the Snap7 library leaves it"
        description_zh = "S7 程序块的校验和为空（Snap7 库生成的块就是这样）"
        technique = "T0843"
        severity = "high"
        proof = "attack-s7-08.pcapng"
    condition:
        uint16be(0) == 0x7070
        and uint32be(8) == filesize
        and filesize >= 72
        and uint16be(34) > 0
        and uint16be(filesize - 10) == 0
}

rule s7_short_code_sets_an_output
{
    meta:
        description = "S7 code block of few instructions that sets an output"
        description_zh = "只有几条指令、直接置位输出的 S7 程序块"
        technique = "T0889 T0831"
        severity = "high"
        proof = "attack-s7-08.pcapng"
    condition:
        uint16be(0) == 0x7070
        and (uint8(5) == 0x08 or uint8(5) == 0x0c or uint8(5) == 0x0e)
        and uint16be(34) > 0
        and uint16be(34) <= 64
        and uint32be(8) == filesize
        // "= Q byte.bit" is D8 to DF for the bit, then 80 plus the byte; code begins at 36 and instructions at even places.
        and for any i in (0 .. uint16be(34) \ 2 - 1) : (uint16be(36 + 2 * i) & 0xf880 == 0xd880)
}

rule s7_data_block_replaced
{
    meta:
        description = "S7 data block carried as a whole: all its set points change at once"
        description_zh = "整个 S7 数据块被替换：其中的设定值同时改变"
        technique = "T0836"
        severity = "medium"
        proof = "attack-s7-08.pcapng"
    condition:
        uint16be(0) == 0x7070
        and uint8(5) == 0x0a
        and uint16be(34) > 0
        and uint32be(8) == filesize
}
