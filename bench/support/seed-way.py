"""The two ways of the document's time: pandas, and row by row; each validates every field and keeps bad rows aside."""
import csv, datetime, io, sys
import psycopg2

way, url, path, table = sys.argv[1:5]
TYPES = [str, int, str, str, datetime.date.fromisoformat, int, float, float]
connection = psycopg2.connect(url)
cursor = connection.cursor()
cursor.execute("CREATE TEMP TABLE bad (line int, reason text, raw text)")
good, bad = io.StringIO(), []
if way == "rows":
    writer = csv.writer(good)
    with open(path, newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for row in reader:
            try:
                if len(row) != len(TYPES):
                    raise ValueError("fields")
                for value, kind in zip(row, TYPES):
                    if value == "":
                        raise ValueError("empty")
                    kind(value)
                writer.writerow(row)
            except ValueError as error:
                bad.append((reader.line_num, str(error), ",".join(row)))
else:
    import pandas as pd
    frame = pd.read_csv(path, dtype=str, on_bad_lines="skip")
    valid = frame.notna().all(axis=1)
    for column in ("product_id", "quantity_sold", "sales_amount", "unit_price"):
        valid &= pd.to_numeric(frame[column], errors="coerce").notna()
    valid &= pd.to_datetime(frame["sales_date"], format="%Y-%m-%d", errors="coerce").notna()
    frame[valid].to_csv(good, index=False, header=False)
    bad = [(index, "bad", ",".join(map(str, row))) for index, row in zip(frame.index[~valid], frame[~valid].values)]
good.seek(0)
cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT csv)", good)
cursor.executemany("INSERT INTO bad VALUES (%s, %s, %s)", bad)
connection.commit()
