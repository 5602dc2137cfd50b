// Programs and archives that HTTP, FTP, TFTP and plain streams carry: traits of malware for control systems, as public reports
// tell them, and projects of engineering software.

rule Ot_FrostyGoop
{
    meta:
        description = "FrostyGoop: writes to Modbus controllers from a list of tasks"
        description_zh = "FrostyGoop：按任务列表写入 Modbus 控制器的恶意软件"
        technique = "T0855 T0831"
        severity = "critical"
        proof = "attack-files.pcapng"
    strings:
        $library = "rolfl/modbus"
        $task = "main.TaskList"
        $target = "main.TargetList"
    condition:
        $library and any of ($task, $target)
}

rule Ot_Triton
{
    meta:
        description = "TRITON: reprograms safety controllers"
        description_zh = "TRITON：改写安全控制器程序的恶意软件"
        technique = "T0843 T0857 T0880"
        severity = "critical"
        proof = "attack-files.pcapng"
    strings:
        $class1 = "TsHi"
        $class2 = "TsBase"
        $class3 = "TsLow"
        $file1 = "script_test.py"
        $file2 = "inject.bin"
        $file3 = "imain.bin"
    condition:
        all of ($class*) and any of ($file*)
}

rule Ot_Industroyer
{
    meta:
        description = "Industroyer: opens breakers by IEC 104 and IEC 61850, then wipes"
        description_zh = "Industroyer：通过 IEC 104、IEC 61850 操作断路器并擦除数据的恶意软件"
        technique = "T0855 T0809"
        severity = "critical"
        proof = "attack-files.pcapng"
    strings:
        $wiper = "haslo.dat"
        $export = "Crash"
        $payload1 = "104.dll"
        $payload2 = "61850.dll"
    condition:
        $wiper and $export and any of ($payload*)
}

rule Ot_Industroyer2
{
    meta:
        description = "Industroyer2: commands stations by IEC 104"
        description_zh = "Industroyer2：通过 IEC 104 下发命令的恶意软件"
        technique = "T0855 T0806"
        severity = "critical"
        proof = "attack-files.pcapng"
    strings:
        $to = "MSTR ->> SLV"
        $from = "MSTR <<- SLV"
    condition:
        all of them
}

rule Ot_Stuxnet_Library
{
    meta:
        description = "A library that stands between STEP 7 and its controllers, as Stuxnet's does"
        description_zh = "夹在 STEP 7 与控制器之间的动态库（Stuxnet 的手法）"
        technique = "T0843 T0851"
        severity = "critical"
        proof = "attack-files.pcapng"
    strings:
        $own = "s7otbxdx.dll" nocase
        $real = "s7otbxsx.dll" nocase
    condition:
        uint16(0) == 0x5a4d and all of them
}

rule Ot_Havex_Scanner
{
    meta:
        description = "Havex: looks for OPC servers"
        description_zh = "Havex：搜寻 OPC 服务器的恶意软件"
        technique = "T0846 T0888"
        severity = "critical"
        proof = "attack-files.pcapng"
    strings:
        $found = "Was found %i hosts in LAN:"
        $none = "Hosts was't found."
    condition:
        all of them
}

rule Project_Tia_Portal
{
    meta:
        description = "An archived project of TIA Portal goes by"
        description_zh = "有 TIA Portal 项目归档文件在传输"
        technique = "T0845 T0811"
        severity = "low"
        proof = "attack-files.pcapng"
    strings:
        $data = "System/PEData.plf"
    condition:
        uint32be(0) == 0x504b0304 and $data
}

rule Project_Step7
{
    meta:
        description = "An archived project of STEP 7 goes by"
        description_zh = "有 STEP 7 项目归档文件在传输"
        technique = "T0845 T0811"
        severity = "low"
        proof = "attack-files.pcapng"
    strings:
        $objects = "hOmSave7/" nocase
        $blocks = "ombstx/" nocase
    condition:
        uint32be(0) == 0x504b0304 and all of them
}
