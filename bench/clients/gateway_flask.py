"""The gateway as the document has it: Flask, and a connection to PostgreSQL for each request."""
import os

import psycopg2
from flask import Flask, jsonify, request
from psycopg2.extras import RealDictCursor

app = Flask(__name__)


def connect():
    return psycopg2.connect(os.environ["DATABASE_URL"])


@app.post("/get/schemas")
def schemas():
    found = {}
    connection = connect()
    cursor = connection.cursor(cursor_factory=RealDictCursor)
    for table in request.json["table_names"]:
        cursor.execute(
            "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns"
            " WHERE table_name = %s ORDER BY ordinal_position",
            (table,),
        )
        columns = [dict(row) for row in cursor.fetchall()]
        cursor.execute(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
            " WHERE i.indrelid = %s::regclass AND i.indisprimary",
            (table,),
        )
        primary = [row["attname"] for row in cursor.fetchall()]
        cursor.execute(
            "SELECT kcu.column_name, ccu.table_name, ccu.column_name AS referenced FROM information_schema.table_constraints tc"
            " JOIN information_schema.key_column_usage kcu ON tc.constraint_name = kcu.constraint_name"
            " JOIN information_schema.constraint_column_usage ccu ON ccu.constraint_name = tc.constraint_name"
            " WHERE tc.constraint_type = 'FOREIGN KEY' AND tc.table_name = %s",
            (table,),
        )
        foreign = [dict(row) for row in cursor.fetchall()]
        found[table] = {"columns": columns, "primary_keys": primary, "foreign_keys": foreign}
    connection.close()
    return jsonify(status="success", schemas=found)


@app.post("/get/data")
def data():
    found = {}
    connection = connect()
    cursor = connection.cursor(cursor_factory=RealDictCursor)
    for table in request.json["table_names"]:
        cursor.execute(f"SELECT * FROM {table} ORDER BY RANDOM() LIMIT %s", (request.json.get("limit", 10),))
        found[table] = [dict(row) for row in cursor.fetchall()]
    connection.close()
    return jsonify(status="success", data=found)


@app.post("/execute/query")
def query():
    connection = connect()
    cursor = connection.cursor(cursor_factory=RealDictCursor)
    # psycopg2 writes parameters as %s, and puts them into the text itself.
    cursor.execute(request.json["query"].replace("$1", "%s"), request.json.get("params"))
    rows = [dict(row) for row in cursor.fetchall()]
    connection.commit()
    connection.close()
    return jsonify(status="success", rows=rows, row_count=len(rows))
