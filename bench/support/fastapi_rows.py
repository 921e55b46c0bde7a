"""The peer of warehouse-tables: FastAPI with pydantic validation, rows stored by SQLAlchemy, ids answered."""

import datetime
import os

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import BigInteger, DateTime, Identity, create_engine, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(os.environ["DATABASE"])


class Base(DeclarativeBase):
    pass


class Event(Base):
    __tablename__ = "events_part"
    uuid: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity())
    event_type: Mapped[str | None]
    event_time: Mapped[datetime.datetime | None] = mapped_column(DateTime(timezone=True))
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    platform: Mapped[str | None]
    device_id: Mapped[str | None]
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    language: Mapped[str | None]
    os_name: Mapped[str | None]
    os_version: Mapped[str | None]
    session_id: Mapped[int | None] = mapped_column(BigInteger)
    start_version: Mapped[str | None]
    version_name: Mapped[str | None]


class EventRow(BaseModel):
    uuid: str
    event_type: str | None = None
    event_time: datetime.datetime | None = None
    user_id: int | None = None
    platform: str | None = None
    device_id: str | None = None
    event_id: int | None = None
    language: str | None = None
    os_name: str | None = None
    os_version: str | None = None
    session_id: int | None = None
    start_version: str | None = None
    version_name: str | None = None


class Body(BaseModel):
    data: list[EventRow]


app = FastAPI()


@app.post("/orm")
def orm(body: Body):
    with Session(engine) as session:
        events = [Event(**row.model_dump()) for row in body.data]
        session.add_all(events)
        session.flush()
        ids = [event.id for event in events]
        session.commit()
    return {"inserted_ids": ids, "count": len(ids), "batches": 1}


@app.post("/core")
def core(body: Body):
    rows = [row.model_dump() for row in body.data]
    with engine.begin() as connection:
        statement = insert(Event).returning(Event.id, sort_by_parameter_order=True)
        ids = list(connection.execute(statement, rows).scalars())
    return {"inserted_ids": ids, "count": len(ids), "batches": 1}
