"""The tables of a Batigest dossier, as far as DOMAIN.md knows them, with the types met in the field."""

DDL = """
CREATE TABLE dbo.ChantierDef (
    Code char(8) NOT NULL PRIMARY KEY,
    CodeClient char(8) NULL,
    NomClient varchar(30) NULL,
    Libelle varchar(50) NULL,
    DateDebut datetime NULL,
    DateFin datetime NULL,
    AdrChantier varchar(60) NULL,
    CPChantier varchar(10) NULL,
    VilleChantier varchar(40) NULL,
    Etat char(1) NULL,
    Responsable varchar(30) NULL,
    MontantHT decimal(14, 2) NULL,
    Observations nvarchar(max) NULL
);
CREATE TABLE dbo.Devis (
    Code char(8) NOT NULL PRIMARY KEY,
    CodeClient char(8) NULL,
    Date datetime NULL,
    Nom varchar(30) NULL,
    Adr varchar(60) NULL,
    CP varchar(10) NULL,
    Ville varchar(40) NULL,
    Sujet varchar(80) NULL,
    DateConcretis datetime NULL,
    TempsMO float NULL,
    Etat smallint NULL,
    MontantHT decimal(14, 2) NULL
);
CREATE TABLE dbo.SuiviMO (
    CodeChantier char(8) NOT NULL,
    CodeSalarie char(8) NOT NULL,
    Date datetime NOT NULL,
    NbH0 float NULL,
    NbH1 float NULL,
    NbH2 float NULL,
    NbH3 float NULL,
    NbH4 float NULL,
    NbH5 float NULL,
    NbH6 float NULL,
    NbH7 float NULL,
    NbH8 float NULL,
    NbH9 float NULL,
    Facture bit NOT NULL DEFAULT ((0)),
    CONSTRAINT PK_SuiviMO PRIMARY KEY (CodeChantier, CodeSalarie, Date)
);
CREATE INDEX IX_SuiviMO_Date ON dbo.SuiviMO (Date);
CREATE TABLE dbo.Salarie (
    Code char(8) NOT NULL PRIMARY KEY,
    Nom varchar(30) NULL,
    Prenom varchar(30) NULL,
    codebs varchar(36) NULL
);
"""
