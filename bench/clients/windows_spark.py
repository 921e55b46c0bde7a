"""The tumbling sum by Spark Structured Streaming in local mode, from files of NDJSON; each line of input is one round."""

import json
import os
import sys
import tempfile
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as sql

folder, cores = sys.argv[1], sys.argv[2]
TICKS = os.sysconf("SC_CLK_TCK")
SCHEMA = "event_id STRING, timestamp TIMESTAMP, country STRING, total_amount BIGINT"

spark = (
    SparkSession.builder.master(f"local[{cores}]")
    .config("spark.sql.shuffle.partitions", cores)
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "2g")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")
java = spark.sparkContext._jvm.java.lang.ProcessHandle.current().pid()


def cpu_ms():
    """Of Spark, and of this process that drives it."""
    total = 0
    for pid in (java, os.getpid()):
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rsplit(") ", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total * 1000 / TICKS


def peak_rss_mb():
    with open(f"/proc/{java}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def once():
    events = spark.readStream.schema(SCHEMA).json(folder)
    sums = (
        events.withWatermark("timestamp", "1 minute")
        .groupBy(sql.window("timestamp", "1 minute"), "country")
        .agg(sql.sum("total_amount"), sql.count("*"))
    )
    with tempfile.TemporaryDirectory() as state:
        query = (
            sums.writeStream.outputMode("update")
            .format("noop")
            .option("checkpointLocation", state)
            .trigger(availableNow=True)
            .start()
        )
        query.awaitTermination()


for _ in sys.stdin:
    cpu, begun = cpu_ms(), time.perf_counter()
    once()
    wall = (time.perf_counter() - begun) * 1000
    print(json.dumps({"wallMs": wall, "cpuMs": cpu_ms() - cpu, "peakRssMb": peak_rss_mb()}), flush=True)
