"""The tables, as the code sees them. `migrations/` makes them; a test keeps both alike."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

SCHEMA = "licence_manager"
"""Not `public`: Supabase serves what is in `public` to the Internet."""
meta = MetaData(schema=SCHEMA)
INSTANT = DateTime(timezone=True)

licences = Table(
    "licences",
    meta,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("empreinte", LargeBinary, nullable=False, unique=True),
    Column("empreinte_sql", LargeBinary, unique=True),
    Column("cle_chiffree", LargeBinary, nullable=False),
    Column("client", Text, nullable=False),
    Column("entreprise", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("notes", Text, nullable=False),
    Column("recherche", Text, nullable=False),
    Column("tri_entreprise", Text(collation="C"), nullable=False),
    Column("fonctions", ARRAY(Text), nullable=False),
    Column("cree_le", INSTANT, nullable=False),
    Column("expire_le", INSTANT, nullable=False),
    Column("utilisations", BigInteger, nullable=False, server_default=text("0")),
    Column("utilisations_max", BigInteger, nullable=False, server_default=text("-1")),
    Column("machines_max", BigInteger, nullable=False, server_default=text("-1")),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("archivee_le", INSTANT),
    CheckConstraint("utilisations >= 0", name="utilisations"),
    Index("licences_recentes", "cree_le", "id"),
    Index("licences_echeance", "expire_le", "id"),
    Index("licences_entreprise", "tri_entreprise", "id"),
    Index("licences_en_usage", "expire_le", postgresql_where=text("archivee_le IS NULL AND active")),
    Index("licences_inactives", "id", postgresql_where=text("archivee_le IS NULL AND NOT active")),
    Index("licences_archivees", "id", postgresql_where=text("archivee_le IS NOT NULL")),
    Index(
        "licences_utilisations_limitees",
        "id",
        postgresql_where=text("archivee_le IS NULL AND active AND utilisations_max <> -1"),
    ),
)

contacts = Table(
    "contacts",
    meta,
    Column("licence_id", ForeignKey(licences.c.id), primary_key=True, autoincrement=False),
    Column("derniere_le", INSTANT, nullable=False),
    Index("contacts_le", "derniere_le"),
    # Apart from `licences`: written at every validation, which must neither wait for a change nor delay one.
)

machines = Table(
    "machines",
    meta,
    Column("licence_id", ForeignKey(licences.c.id), primary_key=True, autoincrement=False),
    Column("machine", Text, primary_key=True),
    Column("premiere_le", INSTANT, nullable=False),
    Column("derniere_le", INSTANT, nullable=False),
    Column("version", Text),
    Index("machines_neuves", "premiere_le"),
)

historique = Table(
    "historique",
    meta,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("licence_id", ForeignKey(licences.c.id)),
    Column("le", INSTANT, nullable=False),
    Column("qui", Text, nullable=False),
    Column("geste", Text, nullable=False),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'")),
    Index("historique_licence", "licence_id", "id"),
)

validations = Table(
    "validations",
    meta,
    Column("debut", INSTANT, primary_key=True),
    Column("licence_id", BigInteger, primary_key=True, autoincrement=False),
    Column("verdict", Text, primary_key=True),
    Column("nombre", BigInteger, nullable=False),
    Index("validations_licence", "licence_id", "debut"),
    Index("validations_refus", "debut", "licence_id", postgresql_where=text("licence_id <> 0 AND verdict <> 'valid'")),
)

passages = Table(
    "passages",
    meta,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("licence_id", BigInteger, nullable=False),
    Column("le", INSTANT, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("machine", Text),
    Column("version", Text),
    Column("consomme", Boolean, nullable=False),
    Index("passages_licence", "licence_id", "id"),
    Index("passages_le", "le"),
)

cles_signature = Table(
    "cles_signature",
    meta,
    Column("kid", Text, primary_key=True),
    Column("publique", Text, nullable=False),
    Column("privee_chiffree", LargeBinary, nullable=False),
    Column("etat", Text, nullable=False),
    Column("creee_le", INSTANT, nullable=False),
    Column("retiree_le", INSTANT),
    Column("livree_le", INSTANT),
    CheckConstraint("etat IN ('suivante', 'actuelle', 'retiree')", name="etat"),
    Index("cles_signature_seules", "etat", unique=True, postgresql_where=text("etat <> 'retiree'")),
)

rappels = Table(
    "rappels",
    meta,
    Column("licence_id", ForeignKey(licences.c.id), primary_key=True, autoincrement=False),
    Column("expire_le", INSTANT, primary_key=True),
    Column("jours", SmallInteger, primary_key=True, autoincrement=False),
    Column("destination", LargeBinary, primary_key=True, server_default=text("''")),
    Column("le", INSTANT, nullable=False),
    Index("rappels_le", "le"),
)

rappels_echecs = Table(
    "rappels_echecs",
    meta,
    Column("licence_id", ForeignKey(licences.c.id), primary_key=True, autoincrement=False),
    Column("expire_le", INSTANT, primary_key=True),
    Column("jours", SmallInteger, primary_key=True, autoincrement=False),
    Column("destination", LargeBinary, primary_key=True),
    Column("au_client", Boolean, nullable=False),
    Column("premier_le", INSTANT, nullable=False),
    Column("dernier_le", INSTANT, nullable=False),
    Column("essais", Integer, nullable=False),
)

utilisations = Table(
    "utilisations",
    meta,
    Column("licence_id", ForeignKey(licences.c.id), primary_key=True, autoincrement=False),
    Column("marque", Text, primary_key=True),
    Column("le", INSTANT, nullable=False),
    Index("utilisations_le", "le"),
)

debits = Table(
    "debits",
    meta,
    Column("cle", LargeBinary, primary_key=True),
    Column("minute", Integer, primary_key=True, autoincrement=False),
    Column("nombre", Integer, nullable=False),
    Index("debits_minute", "minute"),
    prefixes=["UNLOGGED"],
)

poivre = Table(
    "poivre",
    meta,
    Column("seul", Boolean, primary_key=True, server_default=text("true")),
    Column("interieur", LargeBinary, nullable=False),
    Column("exterieur", LargeBinary, nullable=False),
    CheckConstraint("seul", name="seul"),
)
